import { type Client, defaultClient, host } from "./host.ts";
import type { TriggerOptions } from "./options.ts";
import type { TaskReference } from "./payload.ts";
import type { AnyTask, TaskOutput, TaskPayload } from "./task.ts";
import { type BatchHandle, type BatchItem, batchTrigger, type RunHandle, trigger } from "./trigger.ts";

/** Triggering by id, for code that imports only a task's type. */
export const tasks = createTasks(undefined, (id) => ({ id }));

export type Tasks = ReturnType<typeof createTasks>;

/** @param find - The task with its schema where it is known here; elsewhere the node checks the payload. */
export function createTasks(client: (() => Client) | undefined, find: (id: string) => TaskReference) {
  const chosen = () => client?.() ?? (host().currentRun() === undefined ? defaultClient("tasks.trigger()") : undefined);
  return {
    async trigger<T extends AnyTask>(
      task: T | T["id"],
      payload: TaskPayload<T>,
      options?: TriggerOptions,
    ): Promise<RunHandle<T["id"], TaskOutput<T>>> {
      const found: TaskReference = typeof task === "string" ? find(task) : task;
      return trigger<T["id"], TaskPayload<T>, TaskOutput<T>>(found, payload, options, chosen());
    },
    async batchTrigger<T extends AnyTask>(
      task: T | T["id"],
      items: readonly BatchItem<TaskPayload<T>>[],
    ): Promise<BatchHandle> {
      const found: TaskReference = typeof task === "string" ? find(task) : task;
      return batchTrigger(
        items.map((item) => ({ ...item, task: found })),
        chosen(),
      );
    },
  };
}
