import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isInternalTask } from "../core/alerts.ts";
import type { Duration } from "../core/duration.ts";
import { checkEffects, type EffectOptions } from "../core/effect-mode.ts";
import { perdureError } from "../core/errors.ts";
import { type IsolationOptions, memoryMbOf } from "../core/isolation.ts";
import { isName, nameRule } from "../core/limits.ts";
import { type RetryOptions, retryPolicy } from "../core/retry.ts";
import { ON_DIVERGENCE, type OnDivergence } from "../core/run.ts";
import type { TaskManifest } from "../protocol/client-calls.ts";
import { DEFINITION, type RunTools, type TaskDefinition } from "./definition.ts";
import { refuseUnknown, type TriggerOptions, ttlMs } from "./options.ts";
import {
  type BatchHandle,
  type BatchItem,
  type BatchResult,
  batchTrigger,
  batchTriggerAndWait,
  type RunHandle,
  type TaskRunPromise,
  trigger,
  triggerAndWait,
} from "./trigger.ts";

export interface TaskOptions<Id extends string> extends IsolationOptions {
  /** Unique among the tasks of an instance; at most 128 characters. */
  id: Id;
  description?: string;
  /** Default: 3 attempts, exponential back-off from 1 s to 60 s with full jitter. */
  retry?: RetryOptions;
  /** The queue that runs of this task wait in, by name or with a limit of runs that execute at once. Default: `task/<id>`, unlimited. */
  queue?: string | { name?: string; concurrencyLimit?: number };
  /** Seconds of executing time that one attempt may take; waits do not count. Default: no limit. */
  maxDuration?: number;
  /** A run that has not started within this time (seconds, or a duration) fails as expired. Default: never. */
  ttl?: number | Duration;
  /** What happens to a run whose code no longer fits its journal. Default: the instance's. */
  onDivergence?: OnDivergence;
  /** How effects of its code outside of steps are treated. What is left open is that of the configuration or instance. */
  effects?: EffectOptions;
}

/** A task: its definition for the worker, and the ways to ask for runs of it. */
export interface Task<Id extends string = string, Input = unknown, Output = unknown> {
  readonly id: Id;
  readonly description?: string;
  /** Asks for a run and returns its handle once the run is on disk. */
  trigger(payload: Input, options?: TriggerOptions): Promise<RunHandle<Id, Output>>;
  batchTrigger(items: readonly BatchItem<Input>[]): Promise<BatchHandle>;
  /** Inside a run: starts a child and waits for it, without holding a slot. */
  triggerAndWait(payload: Input, options?: TriggerOptions): TaskRunPromise<Id, Output>;
  batchTriggerAndWait(items: readonly BatchItem<Input>[]): Promise<BatchResult<Id, Output>>;
  readonly [DEFINITION]: TaskDefinition;
}

/** Any task, whatever its types. */
// biome-ignore lint/suspicious/noExplicitAny: payload and output stand in both directions, so only `any` fits every task.
export type AnyTask = Task<string, any, any>;

export type TaskIdentifier<T extends AnyTask> = T["id"];
export type TaskPayload<T extends AnyTask> = T extends Task<string, infer Input, unknown> ? Input : never;
export type TaskOutput<T extends AnyTask> = T extends Task<string, never, infer Output> ? Output : never;

const KNOWN: ReadonlySet<string> = new Set([
  "id",
  "description",
  "retry",
  "queue",
  "maxDuration",
  "ttl",
  "onDivergence",
  "effects",
  "machine",
  "isolation",
  "memoryLimit",
  "run",
  "schema",
]);
const SHORTEST_MAX_DURATION_SECONDS = 5;

/**
 * Defines a task: ordinary async code that is run durably.
 *
 * @param options.run - The code. Returns the output, which must be plain data.
 * @throws {PerdureError} `TASK_INVALID`, `TASK_ID_RESERVED`, `OPTION_INVALID`, `OPTION_UNSUPPORTED` or `DURATION_INVALID`, at the definition.
 */
export function task<const Id extends string, Input = undefined, Output = unknown>(
  options: TaskOptions<Id> & { run: (payload: Input, tools: RunTools) => Promise<Output> | Output },
): Task<Id, Input, Output> {
  refuseReserved(options.id);
  return defineTask(options, undefined);
}

/** A task of our own, whose id begins as those of users may not. */
export function internalTask<const Id extends string, Input>(
  options: TaskOptions<Id> & { run: (payload: Input, tools: RunTools) => Promise<unknown> },
): Task<Id, Input, unknown> {
  return defineTask(options, undefined);
}

/**
 * Defines a task whose payload is checked by a schema (zod, valibot, arktype: anything that speaks Standard Schema),
 * before it is stored and again, with its transformations, before the run starts.
 */
export function schemaTask<const Id extends string, Schema extends StandardSchemaV1, Output = unknown>(
  options: TaskOptions<Id> & {
    schema: Schema;
    run: (payload: StandardSchemaV1.InferOutput<Schema>, tools: RunTools) => Promise<Output> | Output;
  },
): Task<Id, StandardSchemaV1.InferInput<Schema>, Output> {
  refuseReserved(options.id);
  return defineTask(options, options.schema);
}

function refuseReserved(id: unknown): void {
  if (typeof id === "string" && isInternalTask(id)) throw perdureError("TASK_ID_RESERVED", { task: id });
}

export function isTask(candidate: unknown): candidate is AnyTask {
  return typeof candidate === "object" && candidate !== null && DEFINITION in candidate;
}

function defineTask<Id extends string, Input, Output>(
  options: TaskOptions<Id> & { run: (payload: never, tools: RunTools) => unknown },
  schema: StandardSchemaV1 | undefined,
): Task<Id, Input, Output> {
  refuseUnknown(options, KNOWN, `task ${options.id}`);
  const definition: TaskDefinition = {
    manifest: toManifest(options),
    ...(schema === undefined ? {} : { schema }),
    run: options.run as TaskDefinition["run"],
  };
  const self: Task<Id, Input, Output> = {
    id: options.id,
    ...(options.description === undefined ? {} : { description: options.description }),
    trigger: (payload, triggerOptions) => trigger(self, payload, triggerOptions),
    batchTrigger: (items) => batchTrigger(items.map((item) => ({ ...item, task: self }))),
    triggerAndWait: (payload, triggerOptions) => triggerAndWait(self, payload, triggerOptions),
    batchTriggerAndWait: (items) => batchTriggerAndWait(items.map((item) => ({ ...item, task: self }))),
    [DEFINITION]: definition,
  };
  return self;
}

function toManifest({
  id,
  retry,
  queue,
  maxDuration,
  ttl,
  onDivergence,
  effects,
  ...rest
}: TaskOptions<string> & { run: unknown }): TaskManifest {
  if (!isName(id)) throw perdureError("TASK_INVALID", { task: String(id), problem: `its id ${nameRule()}` });
  if (typeof rest.run !== "function")
    throw perdureError("TASK_INVALID", { task: id, problem: "run is not a function" });
  if (retry !== undefined) retryPolicy(retry);
  if (maxDuration !== undefined && !(maxDuration >= SHORTEST_MAX_DURATION_SECONDS)) {
    throw perdureError("OPTION_INVALID", {
      what: `maxDuration of task ${id}`,
      problem: `it must be at least ${SHORTEST_MAX_DURATION_SECONDS} seconds`,
    });
  }
  checkEffects(effects, `task ${id}`);
  const memoryMb = memoryMbOf(rest, `task ${id}`);
  if (onDivergence !== undefined && !ON_DIVERGENCE.includes(onDivergence)) {
    throw perdureError("OPTION_INVALID", {
      what: `onDivergence of task ${id}`,
      problem: `it must be one of ${ON_DIVERGENCE.join(", ")}`,
    });
  }
  return {
    id,
    queue: toQueue(id, queue),
    ...(retry === undefined ? {} : { retry }),
    ...(maxDuration === undefined ? {} : { maxDurationSeconds: maxDuration }),
    ...(ttl === undefined ? {} : { ttlMs: ttlMs(ttl) }),
    ...(onDivergence === undefined ? {} : { onDivergence }),
    ...(effects === undefined ? {} : { effects }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  };
}

function toQueue(id: string, queue: TaskOptions<string>["queue"]): TaskManifest["queue"] {
  if (queue === undefined) return { name: `task/${id}`, concurrencyLimit: null };
  if (typeof queue === "string") return { name: queue, concurrencyLimit: null };
  refuseUnknown(queue, new Set(["name", "concurrencyLimit"]), `queue of task ${id}`);
  const { name = `task/${id}`, concurrencyLimit = null } = queue;
  if (
    concurrencyLimit !== null &&
    !(Number.isInteger(concurrencyLimit) && concurrencyLimit >= 1 && concurrencyLimit <= 100_000)
  ) {
    throw perdureError("OPTION_INVALID", {
      what: `concurrencyLimit of queue ${name}`,
      problem: "it must be a whole number from 1 to 100,000",
    });
  }
  return { name, concurrencyLimit };
}
