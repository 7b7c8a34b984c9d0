import { decodeValue, encodeValue } from "../core/codec.ts";
import { perdureError } from "../core/errors.ts";
import { errorOf, SubtaskUnwrapError } from "../core/failure.ts";
import { LIMITS } from "../core/limits.ts";
import type { TriggerRequest } from "../protocol/client-calls.ts";
import type { ChildResult } from "../protocol/worker-calls.ts";
import { type BatchObject, retrieveBatch } from "./batches.ts";
import { scopedClient } from "./configure.ts";
import { type Client, defaultClient, host, requireRun } from "./host.ts";
import { type TriggerOptions, toRequestOptions } from "./options.ts";
import { type TaskReference, validPayload } from "./payload.ts";
import type { AnyTask, Task, TaskOutput } from "./task.ts";

/** What `trigger` returns: the run is on disk. */
export interface RunHandle<Id extends string = string, Output = unknown> {
  readonly id: string;
  readonly taskIdentifier: Id;
  /** True when an idempotency key led to an earlier run. */
  readonly isCached: boolean;
  /** With it a page may read the run, for an hour. Given where the run was triggered over HTTP. */
  readonly publicAccessToken?: string;
  /** Never set; carries the output's type to `runs.retrieve` and `runs.poll`. */
  readonly [OUTPUT]?: Output;
}

declare const OUTPUT: unique symbol;

export interface BatchItem<Input> {
  payload: Input;
  options?: TriggerOptions;
}

export interface BatchHandle {
  readonly batchId: string;
  readonly runCount: number;
  readonly runs: readonly RunHandle[];
  /** With it a page may read the batch's runs, for an hour. Given where the batch was triggered over HTTP. */
  readonly publicAccessToken?: string;
}

export interface BatchResult<Id extends string, Output> {
  readonly id: string;
  /** In the order of the items. */
  readonly runs: readonly TaskRunResult<Id, Output>[];
}

export type TaskRunResult<Id extends string = string, Output = unknown> =
  | { readonly ok: true; readonly id: string; readonly taskIdentifier: Id; readonly output: Output }
  | { readonly ok: false; readonly id: string; readonly taskIdentifier: Id; readonly error: Error };

/** The result of a child to be; `unwrap()` gives its output or throws what it failed with. */
export class TaskRunPromise<Id extends string, Output> extends Promise<TaskRunResult<Id, Output>> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @throws {SubtaskUnwrapError} when the child did not complete; its `cause` is the child's error. */
  async unwrap(): Promise<Output> {
    const result = await this;
    if (result.ok) return result.output;
    throw new SubtaskUnwrapError(result.taskIdentifier, result.id, result.error);
  }
}

/** An item of a batch of several tasks. */
export interface TaskBatchItem<T extends AnyTask> {
  task: T;
  payload: T extends Task<string, infer Input, unknown> ? Input : never;
  options?: TriggerOptions;
}

export type TaskBatchItems<Tasks extends readonly AnyTask[]> = { readonly [I in keyof Tasks]: TaskBatchItem<Tasks[I]> };
export type TaskBatchResults<Tasks extends readonly AnyTask[]> = {
  readonly [I in keyof Tasks]: TaskRunResult<Tasks[I]["id"], TaskOutput<Tasks[I]>>;
};

interface Item {
  readonly task: TaskReference;
  readonly payload: unknown;
  readonly options?: TriggerOptions;
}

export async function trigger<Id extends string, Input, Output>(
  task: TaskReference & Pick<Task<Id, Input, Output>, "id">,
  payload: Input,
  options: TriggerOptions = {},
  client?: Client,
): Promise<RunHandle<Id, Output>> {
  const { runs, ...token } = await send([{ task, payload, options }], false, "trigger()", client);
  return { ...(runs[0] as RunHandle<Id, Output>), ...token };
}

export async function batchTrigger(items: readonly Item[], client?: Client): Promise<BatchHandle> {
  checkBatch(items);
  const { batchId, runs, ...token } = await send(items, true, "batchTrigger()", client);
  return { batchId: batchId as string, runCount: runs.length, runs, ...token };
}

/** @throws {PerdureError} `OUTSIDE_RUN` at once, when called outside a run; `WAIT_IN_STEP` inside a step. */
export function triggerAndWait<Id extends string, Input, Output>(
  task: Task<Id, Input, Output>,
  payload: Input,
  options: TriggerOptions = {},
): TaskRunPromise<Id, Output> {
  const scope = requireRun("triggerAndWait()");
  return new TaskRunPromise((resolve, reject) => {
    toRequests([{ task, payload, options }])
      .then((requests) => scope.triggerAndWait(requests, false))
      .then(({ runs }) => resolve(toResult(runs[0] as ChildResult)), reject);
  });
}

/** @throws {PerdureError} `OUTSIDE_RUN` at once, when called outside a run; `WAIT_IN_STEP` inside a step. */
export function batchTriggerAndWait<Id extends string, Output>(
  items: readonly Item[],
): Promise<BatchResult<Id, Output>> {
  const scope = requireRun("batchTriggerAndWait()");
  checkBatch(items);
  return toRequests(items)
    .then((requests) => scope.triggerAndWait(requests, true))
    .then(({ batchId, runs }) => ({ id: batchId as string, runs: runs.map((run) => toResult<Id, Output>(run)) }));
}

export const batch = {
  /** Starts runs of several tasks, all or none. */
  triggerByTask<const Tasks extends readonly AnyTask[]>(items: TaskBatchItems<Tasks>): Promise<BatchHandle> {
    return batchTrigger(items as unknown as readonly Item[]);
  },
  /** Inside a run: starts children of several tasks and waits for all; results in the order of the items. */
  async triggerByTaskAndWait<const Tasks extends readonly AnyTask[]>(
    items: TaskBatchItems<Tasks>,
  ): Promise<{ readonly id: string; readonly runs: TaskBatchResults<Tasks> }> {
    const { id, runs } = await batchTriggerAndWait(items as unknown as readonly Item[]);
    return { id, runs: runs as unknown as TaskBatchResults<Tasks> };
  },
  /** How far a batch is, and the ids of its runs. @throws {PerdureError} `BATCH_NOT_FOUND`. */
  retrieve(batch: string | BatchHandle): Promise<BatchObject> {
    return retrieveBatch(batch);
  },
};

async function send(
  items: readonly Item[],
  asBatch: boolean,
  call: string,
  chosen?: Client,
): Promise<{ batchId?: string; runs: readonly RunHandle[]; publicAccessToken?: string }> {
  const scope = host().currentRun();
  const given = chosen ?? scopedClient();
  if (scope !== undefined && (given === undefined || given === scope.client)) {
    const { batchId, runs } = await scope.trigger(await toRequests(items), asBatch);
    return { ...(batchId === undefined ? {} : { batchId }), runs: runs.map(toHandle) };
  }
  // Chosen now: while the payload is checked an instance may be started or stopped.
  const client = given ?? defaultClient(call);
  const requests = await toRequests(items);
  const batchId = asBatch ? client.newId("batch") : undefined;
  const runIds = requests.map(() => client.newId("run"));
  const named = batchId === undefined ? {} : { batchId };
  const { runs, ...answered } = await client.calls.trigger({ requests, runIds, ...named });
  return { ...named, ...answered, runs: runs.map(toHandle) };
}

/** Everything that can be wrong with an item is found before anything is sent. */
function toRequests(items: readonly Item[]): Promise<readonly TriggerRequest[]> {
  return Promise.all(
    items.map(async ({ task, payload, options }) => {
      const encoded = payload === undefined ? undefined : encodeValue(payload, `The payload for task ${task.id}`);
      await validPayload(task, payload);
      return {
        task: task.id,
        ...(encoded === undefined ? {} : { payload: encoded }),
        options: toRequestOptions(options ?? {}, task.id),
      };
    }),
  );
}

function checkBatch(items: readonly Item[]): void {
  if (items.length >= 1 && items.length <= LIMITS.batchItems) return;
  throw perdureError("OPTION_INVALID", {
    what: "A batch",
    problem: `it has ${items.length} items; 1 to ${LIMITS.batchItems} are possible`,
  });
}

function toHandle({ id, task, isCached }: { id: string; task: string; isCached: boolean }): RunHandle {
  return { id, taskIdentifier: task, isCached };
}

function toResult<Id extends string, Output>({
  id,
  task,
  status,
  output,
  failure,
}: ChildResult): TaskRunResult<Id, Output> {
  const common = { id, taskIdentifier: task as Id };
  if (status === "completed")
    return { ok: true, ...common, output: (output === undefined ? undefined : decodeValue(output)) as Output };
  const error =
    failure === undefined
      ? perdureError("CHILD_FAILED", { runId: id, task, problem: `it is ${status}` })
      : errorOf(failure);
  return { ok: false, ...common, error };
}
