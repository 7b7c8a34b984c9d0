import { perdureError } from "../core/errors.ts";
import type { TaskManifest } from "../core/task-manifest.ts";

export interface DeclaredQueue {
  readonly name: string;
  readonly concurrencyLimit: number | null;
}

/**
 * The queues of these tasks, each once.
 *
 * @throws {PerdureError} `OPTION_INVALID` when two tasks give one queue two limits.
 */
export function declaredQueues(tasks: readonly Pick<TaskManifest, "queue">[]): readonly DeclaredQueue[] {
  const queues = new Map<string, DeclaredQueue>();
  for (const { queue } of tasks) {
    const known = queues.get(queue.name) ?? queue;
    if (known.concurrencyLimit !== queue.concurrencyLimit) {
      const problem = `it has two concurrency limits, ${known.concurrencyLimit} and ${queue.concurrencyLimit}`;
      throw perdureError("OPTION_INVALID", { what: `The queue ${queue.name}`, problem });
    }
    queues.set(queue.name, known);
  }
  return [...queues.values()];
}
