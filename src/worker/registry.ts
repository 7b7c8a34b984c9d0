import { type EffectPolicy, effectPolicy } from "../core/effect-mode.ts";
import { perdureError } from "../core/errors.ts";
import type { TaskManifest } from "../protocol/client-calls.ts";
import { type AnyTask, DEFINITION, isTask } from "../sdk/index.ts";

/** Task id → the task with its code. */
export interface Registry {
  readonly ids: readonly string[];
  readonly manifests: readonly TaskManifest[];
  find(id: string): AnyTask | undefined;
}

/** @throws {PerdureError} `TASK_INVALID` for what is no task, `TASK_DUPLICATE` for two with one id. */
export function createRegistry(tasks: readonly AnyTask[]): Registry {
  const byId = new Map<string, AnyTask>();
  for (const task of tasks) {
    if (!isTask(task)) throw perdureError("TASK_INVALID", { task: String(task), problem: "it was not made by task()" });
    if (byId.has(task.id)) throw perdureError("TASK_DUPLICATE", { task: task.id });
    byId.set(task.id, task);
  }
  return {
    ids: [...byId.keys()],
    manifests: [...byId.values()].map((task) => task[DEFINITION].manifest),
    find: (id) => byId.get(id),
  };
}

/** How effects of this task's code are treated. A version of before there was a choice says nothing, as a task that leaves it out. */
export function effectsOf(
  { registry, effects }: { readonly registry: Registry; readonly effects: EffectPolicy },
  taskId: string,
): EffectPolicy {
  return effectPolicy(registry.find(taskId)?.[DEFINITION].manifest.effects, effects, effects.mode);
}
