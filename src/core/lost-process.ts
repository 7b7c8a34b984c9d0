import { type Failure, failureOfCode } from "./failure.ts";
import type { LeaseKey, Run } from "./run.ts";

/** A worker process that ended without giving its runs back, as far as they are concerned. */
export interface LostProcess {
  readonly cause: LossCause;
  /** It executed one run at a time, so there is nobody else to blame. */
  readonly isAlone: boolean;
  readonly leases: readonly LostLease[];
}

export type LossCause =
  /** By itself, or by somebody's kill; `how` ends a sentence about it. */
  | { readonly kind: "died"; readonly how: string }
  /** Killed, since its event loop had hung for so long. */
  | { readonly kind: "hung"; readonly afterMs: number }
  /** Of its memory; `limitMb` where it had a limit of its own, `usedMb` where it was measured. */
  | { readonly kind: "out of memory"; readonly limitMb?: number; readonly usedMb?: number }
  /** Killed, since a run was past its `maxDuration` and the code kept the process from ending it. */
  | { readonly kind: "overran" };

export interface LostLease extends LeaseKey {
  /** Its code was executing, or may have been. */
  readonly hasBegun: boolean;
  /** Its attempt was past its `maxDuration`. */
  readonly isOverdue: boolean;
}

/** What becomes of a run whose process is gone. */
export type LossVerdict =
  /** It goes on as if nothing had happened. */
  | { readonly kind: "release" }
  /** It goes on, and its leases without an entry are counted. */
  | { readonly kind: "reap" }
  | { readonly kind: "quarantine" }
  | { readonly kind: "fail"; readonly failure: Failure };

/**
 * A run that had not begun is innocent. One that was executing is suspected, and goes on with a process to itself; when that
 * one ends too, nobody else did it. Where nothing is known to have begun, everything may have.
 */
export function verdictOn(
  run: Pick<Run, "id" | "quarantinedAt" | "maxDurationMs">,
  lease: LostLease,
  { cause, isAlone, leases }: LostProcess,
): LossVerdict {
  if (!leases.some(({ hasBegun }) => hasBegun)) return { kind: "reap" };
  if (!lease.hasBegun) return { kind: "release" };
  if (cause.kind === "overran") return lease.isOverdue ? fail(overdue(run)) : { kind: "release" };
  if (!isAlone) return { kind: "quarantine" };
  if (cause.kind === "out of memory") return fail(outOfMemory(run, cause));
  if (run.quarantinedAt === undefined) return { kind: "quarantine" };
  return fail(cause.kind === "hung" ? hung(run, cause) : crashed(run, cause));
}

function fail(failure: Failure): LossVerdict {
  return { kind: "fail", failure };
}

function overdue({ id, maxDurationMs = 0 }: Pick<Run, "id" | "maxDurationMs">): Failure {
  return failureOfCode("timed_out", "MAX_DURATION_EXCEEDED", { runId: id, seconds: maxDurationMs / 1_000 });
}

function outOfMemory(
  { id }: Pick<Run, "id">,
  { limitMb, usedMb }: Extract<LossCause, { kind: "out of memory" }>,
): Failure {
  const limit = limitMb === undefined ? "what Node.js gives a process" : `${limitMb} MB`;
  const used = usedMb === undefined ? "less" : `${usedMb} MB`;
  return failureOfCode("crashed", "OUT_OF_MEMORY", { runId: id, used, limit });
}

function hung({ id }: Pick<Run, "id">, { afterMs }: Extract<LossCause, { kind: "hung" }>): Failure {
  return failureOfCode("crashed", "HUNG", { runId: id, seconds: Math.round(afterMs / 1_000) });
}

function crashed({ id }: Pick<Run, "id">, { how }: Extract<LossCause, { kind: "died" }>): Failure {
  const problem = `it was alone in its process, which ended ${how}, and it was executing in one that ended before`;
  return failureOfCode("crashed", "CRASHED", { runId: id, problem });
}
