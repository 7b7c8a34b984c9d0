import { perdureError } from "./errors.ts";
import type { Failure } from "./failure.ts";
import { type IsolationOptions, machineMb } from "./isolation.ts";
import { LIMITS } from "./limits.ts";

/** When a failed attempt is followed by another. Names, meaning and defaults are those of `@trigger.dev/sdk` v4 where it has them. */
export interface RetryPolicy {
  /** Attempts in all, the first included. Default: 3. */
  readonly maxAttempts: number;
  /** How the delay grows: times `factor` each, by the minimum each, or not at all. Default: `exponential`. */
  readonly backoff: "exponential" | "linear" | "constant";
  /** Growth of an exponential back-off. Default: 2. */
  readonly factor: number;
  /** Delay before the second attempt, in milliseconds. Default: 1,000. */
  readonly minTimeoutInMs: number;
  /** Upper bound of every delay, in milliseconds. Default: 60,000. */
  readonly maxTimeoutInMs: number;
  /** Share of the delay that chance may add: 0.5 means up to half of it more. Default: 1. */
  readonly jitter: number;
  /**
   * A new attempt keeps everything that was recorded before the effect at which the attempt failed, so that it is not asked for
   * again: responses, the ends of waits and children beside steps. Default: false, since one of them may be the cause of the failure.
   */
  readonly resume?: boolean;
  /** Memory of the attempt that follows one which ran out of memory, in MB. Default: no more than that one had. */
  readonly outOfMemoryMb?: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  backoff: "exponential",
  factor: 2,
  minTimeoutInMs: 1_000,
  maxTimeoutInMs: 60_000,
  jitter: 1,
};

/** What users write: any part of the policy; `randomize` is the other SDK's word for a jitter of 1 (true) or 0 (false). */
export interface RetryOptions extends Partial<Omit<RetryPolicy, "outOfMemoryMb">> {
  readonly randomize?: boolean;
  /** The machine of the attempts that follow one which ran out of memory. Default: the same again. */
  readonly outOfMemory?: { readonly machine: NonNullable<IsolationOptions["machine"]> };
}

export type RetryDecision = { readonly kind: "retry"; readonly dueAt: number } | { readonly kind: "give-up" };

/** What follows a failed attempt: another one at `dueAt`, or the end. `chance` is a number in [0, 1). */
export function afterFailure(
  policy: RetryPolicy,
  attempt: number,
  failure: Failure,
  now: number,
  chance: number,
): RetryDecision {
  if (failure.steer?.kind === "abort" || NEVER_RETRIED.has(failure.kind)) return { kind: "give-up" };
  if (attempt >= policy.maxAttempts) return { kind: "give-up" };
  if (failure.steer?.kind === "retry-at") return { kind: "retry", dueAt: Math.max(now, failure.steer.at) };
  return { kind: "retry", dueAt: now + retryDelayMs(policy, attempt, chance) };
}

/** Delay after the failure of the attempt with this number (from 1), in whole milliseconds. */
export function retryDelayMs(policy: RetryPolicy, attempt: number, chance: number): number {
  const grown = policy.minTimeoutInMs * growth(policy, attempt);
  return Math.round(Math.min(policy.maxTimeoutInMs, grown * (1 + chance * policy.jitter)));
}

/**
 * Fills what the options leave open from `base`.
 *
 * @throws {PerdureError} `OPTION_INVALID` when a number is out of its range or both `jitter` and `randomize` are given.
 */
export function retryPolicy(options?: RetryOptions, base: RetryPolicy = DEFAULT_RETRY): RetryPolicy {
  if (options === undefined) return base;
  const { randomize, outOfMemory, ...given } = options;
  if ("outOfMemoryMb" in given) throw perdureError("OPTION_UNSUPPORTED", { what: "retry", option: "outOfMemoryMb" });
  if (randomize !== undefined && given.jitter !== undefined) refuse("give either jitter or randomize, not both");
  const jitter = randomize === undefined ? given.jitter : Number(randomize);
  const outOfMemoryMb = outOfMemory === undefined ? undefined : machineMb(outOfMemory.machine, "retry.outOfMemory");
  const known = Object.fromEntries(
    Object.entries({ ...given, jitter, outOfMemoryMb }).filter(([, part]) => part !== undefined),
  );
  const policy: RetryPolicy = { ...base, ...known };
  for (const name of Object.keys(policy)) {
    if (!Object.hasOwn(DEFAULT_RETRY, name) && !OPTIONAL.has(name))
      throw perdureError("OPTION_UNSUPPORTED", { what: "retry", option: name });
  }
  inRange("maxAttempts", policy.maxAttempts, 1, LIMITS.attempts);
  if (!Number.isInteger(policy.maxAttempts)) refuse("maxAttempts must be a whole number");
  if (!["exponential", "linear", "constant"].includes(policy.backoff))
    refuse("backoff must be exponential, linear or constant");
  if (typeof (policy.resume ?? false) !== "boolean") refuse("resume must be true or false");
  inRange("factor", policy.factor, 1, 1_000);
  inRange("minTimeoutInMs", policy.minTimeoutInMs, 0, Number.MAX_SAFE_INTEGER);
  inRange("maxTimeoutInMs", policy.maxTimeoutInMs, 0, Number.MAX_SAFE_INTEGER);
  inRange("jitter", policy.jitter, 0, 1);
  if (policy.resume !== undefined && typeof policy.resume !== "boolean") refuse("resume must be true or false");
  return policy;
}

/** Parts without a default of their own. */
const OPTIONAL: ReadonlySet<string> = new Set<keyof RetryPolicy>(["resume", "outOfMemoryMb"]);

/** Another attempt would end the same way, or nobody wants it. */
const NEVER_RETRIED: ReadonlySet<Failure["kind"]> = new Set([
  "timed_out",
  "expired",
  "canceled",
  "bad_input",
  "diverged",
]);

function growth({ backoff, factor }: RetryPolicy, attempt: number): number {
  switch (backoff) {
    case "exponential":
      return factor ** (attempt - 1);
    case "linear":
      return attempt;
    case "constant":
      return 1;
  }
}

function inRange(name: string, given: unknown, min: number, max: number): void {
  if (typeof given !== "number" || !(given >= min && given <= max))
    refuse(`${name} must be a number from ${min} to ${max}`);
}

function refuse(problem: string): never {
  throw perdureError("OPTION_INVALID", { what: "retry", problem });
}
