import { defaultClient, host } from "./host.ts";
import type { AnyTask } from "./task.ts";

export const idempotencyKeys = {
  /**
   * Has the next trigger of the task with this key make a new run. The run that the key led to stays as it is.
   *
   * @param parentRunId - Of a key that was given inside a run, that run. Default: the run that is calling, if any.
   * @returns The run that the key led to.
   * @throws {PerdureError} `IDEMPOTENCY_KEY_UNKNOWN`.
   */
  async reset<T extends AnyTask>(
    task: T | T["id"],
    key: string,
    { parentRunId = host().currentRun()?.ctx.run.id }: { parentRunId?: string | undefined } = {},
  ): Promise<{ runId: string }> {
    const client = host().currentRun()?.client ?? defaultClient("idempotencyKeys.reset()");
    return client.calls.resetIdempotencyKey({
      task: typeof task === "string" ? task : task.id,
      key: parentRunId === undefined ? key : `${parentRunId}/${key}`,
    });
  },
};
