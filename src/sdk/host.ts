/**
 * The one place where the SDK meets whoever runs it: a small versioned object at `globalThis[Symbol.for("perdure.host")]`.
 * A task bundle carries its own copy of the SDK, a newer worker may run it, and both find each other here.
 */
import { type ErrorDetails, perdureError } from "../core/errors.ts";
import type { LogLevel } from "../core/log-line.ts";
import type { MetadataChange } from "../core/metadata-change.ts";
import type { ClientCalls, TriggeredRun, TriggerRequest } from "../protocol/client-calls.ts";
import type { ChildResult } from "../protocol/worker-calls.ts";
import { remoteClient, scopedClient } from "./configure.ts";
import type { RunContext, StepOptions, StepTools } from "./context.ts";

export interface Host {
  readonly version: 1;
  /** The run whose code is calling, found by the worker's asynchronous context. */
  currentRun: () => RunScope | undefined;
  /** The instances that were started in this process. */
  readonly clients: Set<Client>;
}

/** A way to a node, and the means to name new runs before it has heard of them. */
export interface Client {
  readonly calls: ClientCalls;
  newId(kind: "run" | "batch" | "request" | "key"): string;
}

/** What code inside a run can ask of its worker. Every call that has an effect becomes an entry of the run's journal. */
export interface RunScope {
  /** The instance whose worker executes the run. */
  readonly client: Client;
  readonly ctx: RunContext;
  readonly signal: AbortSignal;
  /** The step in which the calling code runs, if any. */
  readonly stepName: string | undefined;
  step<Result>(
    name: string,
    run: (tools: StepTools) => Result | Promise<Result>,
    options: StepOptions<Result>,
  ): Promise<Result>;
  wait(request: WaitRequest): Promise<void>;
  trigger(
    requests: readonly TriggerRequest[],
    asBatch: boolean,
  ): Promise<{ batchId?: string; runs: readonly TriggeredRun[] }>;
  triggerAndWait(
    requests: readonly TriggerRequest[],
    asBatch: boolean,
  ): Promise<{ batchId?: string; runs: readonly ChildResult[] }>;
  readonly metadata: MetadataScope;
  addTags(tags: readonly string[]): Promise<void>;
  log(level: LogLevel, message: string, properties: Record<string, unknown> | undefined): void;
}

export interface WaitRequest {
  readonly kind: "for" | "until";
  /** Tells one wait from another in the journal: the duration, the date or the user's key. */
  readonly argument: string;
  /** The instant, given the store's clock. */
  readonly dueAt: (now: number) => number;
}

export interface MetadataScope {
  current(): Record<string, unknown>;
  /** @throws {PerdureError} `OPTION_INVALID`, `VALUE_TOO_LARGE`, `VALUE_NOT_SERIALIZABLE`; nothing is changed then. */
  change(change: MetadataChange): void;
  flush(): Promise<void>;
}

const HOST = Symbol.for("perdure.host");

export function host(): Host {
  const global = globalThis as { [HOST]?: Host };
  global[HOST] ??= { version: 1, currentRun: () => undefined, clients: new Set() };
  return global[HOST];
}

/**
 * The run that is calling.
 *
 * @throws {PerdureError} `OUTSIDE_RUN` when the caller is not in the run function of a task.
 */
export function requireRun(call: string): RunScope {
  const run = host().currentRun();
  if (run === undefined) throw perdureError("OUTSIDE_RUN", { call });
  return run;
}

/**
 * The node that a call outside any particular instance goes to: that of the `auth.withAuth()` around it, else the one in this
 * process, else the one that was configured.
 *
 * @throws {PerdureError} `CLIENT_MISSING` when there is neither, `CLIENT_AMBIGUOUS` when several were started here.
 */
export function defaultClient(call: string): Client {
  const scoped = scopedClient();
  if (scoped !== undefined) return scoped;
  const { clients } = host();
  const details: ErrorDetails = { call, count: clients.size };
  if (clients.size > 1) throw perdureError("CLIENT_AMBIGUOUS", details);
  for (const client of clients) return client;
  const remote = remoteClient();
  if (remote !== undefined) return remote;
  throw perdureError("CLIENT_MISSING", details);
}
