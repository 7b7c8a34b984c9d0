import { plainValue } from "../../core/codec.ts";
import { defined } from "../../core/defined.ts";
import type { Failure } from "../../core/failure.ts";
import { LIMITS } from "../../core/limits.ts";
import { isFinal } from "../../core/run-state.ts";
import type { RunView } from "../../protocol/client-calls.ts";

/** The words that Trigger.dev's API (2025-07-16) has for where a run stands. */
export const API_STATUSES = [
  "DELAYED",
  "QUEUED",
  "EXECUTING",
  "WAITING",
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "EXPIRED",
  "TIMED_OUT",
] as const;
export type ApiStatus = (typeof API_STATUSES)[number];

/** A run between two attempts counts as executing there, and one that waits for a person as waiting. */
export function apiStatus({ status, failure, dueAt, startedAt }: RunView, now: number): ApiStatus {
  switch (status) {
    case "queued":
      if (dueAt <= now) return "QUEUED";
      return startedAt === undefined ? "DELAYED" : "EXECUTING";
    case "executing":
      return "EXECUTING";
    case "waiting":
      return "WAITING";
    case "completed":
      return "COMPLETED";
    case "canceled":
      return "CANCELED";
    case "failed":
      return failedStatus(failure);
  }
}

function failedStatus(failure: Failure | undefined): ApiStatus {
  switch (failure?.kind) {
    case "timed_out":
      return "TIMED_OUT";
    case "crashed":
      return "CRASHED";
    case "expired":
      return "EXPIRED";
    default:
      return "FAILED";
  }
}

/** What every shape of a run has in common; dates as ISO text. Costs are those of one's own machine: none. */
export function presentRun(view: RunView, now: number) {
  const status = apiStatus(view, now);
  const finishedAt = isoOf(view.finishedAt);
  return {
    id: view.id,
    status,
    taskIdentifier: view.task,
    isQueued: status === "QUEUED" || status === "DELAYED",
    isExecuting: status === "EXECUTING",
    isWaiting: status === "WAITING",
    // There, `isCompleted` leaves out runs that expired or timed out, so that its SDK polls them until it gives up.
    isCompleted: isFinal(view.status),
    isSuccess: status === "COMPLETED",
    isFailed: isFinal(view.status) && status !== "COMPLETED",
    isCancelled: status === "CANCELED",
    isTest: false,
    createdAt: new Date(view.createdAt).toISOString(),
    updatedAt: new Date(view.finishedAt ?? view.startedAt ?? view.createdAt).toISOString(),
    tags: [...view.tags].sort(),
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: durationOf(view, now),
    ...defined({
      idempotencyKey: view.idempotencyKey,
      version: view.taskVersion,
      startedAt: isoOf(view.startedAt),
      finishedAt,
      delayedUntil: status === "DELAYED" ? isoOf(view.dueAt) : undefined,
      expiredAt: status === "EXPIRED" ? finishedAt : undefined,
      metadata: view.metadata === undefined ? undefined : (JSON.parse(view.metadata) as unknown),
    }),
  };
}

interface WholeRunOptions {
  readonly now: number;
  readonly parent?: RunView;
  readonly root?: RunView;
  /** The address of a value that is too long to stand in the answer. Absent: each stands there. */
  readonly linkTo?: ((field: "payload" | "output") => string) | undefined;
}

/** One run with all that is known of it. Values are plain JSON, as there: a date that the task returned is text. */
export function presentWholeRun(view: RunView, { now, parent, root, linkTo }: WholeRunOptions) {
  return {
    ...presentRelated(view, now),
    attemptCount: view.attempt,
    attempts: [],
    relatedRuns: defined({
      root: root === undefined ? undefined : presentRelated(root, now),
      parent: parent === undefined ? undefined : presentRelated(parent, now),
    }),
    ...defined({
      ...presentValue(view, "payload", linkTo),
      ...presentValue(view, "output", linkTo),
      error: view.failure === undefined ? undefined : presentFailure(view.failure),
    }),
  };
}

/** A long value is fetched from its address, as that API's SDK does by itself. */
function presentValue(view: RunView, field: "payload" | "output", linkTo: WholeRunOptions["linkTo"]): object {
  const text = view[field];
  if (text === undefined) return {};
  if (linkTo === undefined || text.length < LIMITS.inlineCharacters) return { [field]: plainValue(text) };
  return { [`${field}PresignedUrl`]: linkTo(field) };
}

function presentRelated(view: RunView, now: number) {
  return {
    ...presentRun(view, now),
    depth: view.depth,
    triggerFunction: view.batchId === undefined ? "trigger" : "batchTrigger",
    ...defined({ batchId: view.batchId }),
  };
}

/** The outcome of a final run, in the shape that waits for one; `undefined` before. */
export function presentResult(view: RunView): object | undefined {
  if (!isFinal(view.status)) return undefined;
  const { id, task: taskIdentifier } = view;
  if (view.status === "completed")
    return { ok: true, id, taskIdentifier, outputType: "application/super+json", ...defined({ output: view.output }) };
  const { name, message, stack = "" } = view.failure ?? { name: "Error", message: "The run was canceled." };
  return { ok: false, id, taskIdentifier, error: { type: "BUILT_IN_ERROR", name, message, stackTrace: stack } };
}

function presentFailure({ name, message, stack }: Failure) {
  return { name, message, ...defined({ stackTrace: stack }) };
}

/** From its first start to its end, waits included: what it executed is not kept when it has ended. */
function durationOf({ startedAt, finishedAt }: RunView, now: number): number {
  return startedAt === undefined ? 0 : Math.max(0, (finishedAt ?? now) - startedAt);
}

function isoOf(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}
