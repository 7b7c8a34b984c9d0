import type { NewEntry } from "../../src/core/entry.ts";
import type { WorkerCalls } from "../../src/protocol/worker-calls.ts";
import type { AnyTask } from "../../src/sdk/index.ts";
import { createRegistry } from "../../src/worker/index.ts";
import { startNodeWithPool } from "../e2e/node-with-pool.ts";

type Started = Awaited<ReturnType<typeof startNodeWithPool>>;

/**
 * A node whose worker processes are killed for real, when the runs have recorded so many entries.
 *
 * @param module - Path of the file that the processes load.
 * @param tasks - What it exports.
 */
export async function startMortalPool(module: string, tasks: readonly AnyTask[]) {
  let left = Number.POSITIVE_INFINITY;
  let written: NewEntry[] = [];
  let kills = 0;
  const started: Started = await startNodeWithPool({
    module,
    manifests: createRegistry(tasks).manifests,
    // What was on its way when the process died must not come back to a living one by a lease that runs out.
    between: (calls) => ({
      ...calls,
      record: (input) => thenDie(calls.record(input), input),
      park: (input) => thenDie(calls.park(input), input),
      triggerFrom: (input) => thenDie(calls.triggerFrom(input), input),
    }),
  });

  /** The entries are on disk, and nobody hears of it any more. */
  async function thenDie<Answer>(
    answer: Promise<Answer>,
    input: Parameters<WorkerCalls["record"]>[0],
  ): Promise<Answer> {
    const given = await answer;
    const { entries } = input.append;
    written.push(...entries);
    if (left > 0 && left <= entries.length) {
      kills++;
      for (const { pid } of started.pool.processes) process.kill(pid, "SIGKILL");
    }
    left -= entries.length;
    return given;
  }

  return {
    ...started,
    /** Runs a task to its end, killing its process once. @param after - After so many entries; without it nobody is killed. */
    async perform(task: string, payload: unknown, after?: number) {
      const before = kills;
      written = [];
      left = after ?? Number.POSITIVE_INFINITY;
      const outcome = await started.ended(await started.trigger(task, payload));
      left = Number.POSITIVE_INFINITY;
      return { ...outcome, entries: written.length, written, wasKilled: kills > before };
    },
  };
}
