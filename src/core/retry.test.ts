import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAILURE_KINDS, type Failure } from "./failure.ts";
import { LIMITS } from "./limits.ts";
import {
  afterFailure,
  DEFAULT_RETRY,
  type RetryOptions,
  type RetryPolicy,
  retryDelayMs,
  retryPolicy,
} from "./retry.ts";

const NOW = 1_000_000;
const failure: Failure = { kind: "error", name: "Error", message: "no" };
const still: RetryPolicy = { ...DEFAULT_RETRY, jitter: 0 };

describe("after a failed attempt", () => {
  it("another follows until there have been enough", () => {
    const kinds = [1, 2, 3, 4].map((attempt) => afterFailure(DEFAULT_RETRY, attempt, failure, NOW, 0).kind);
    expect(kinds).toEqual(["retry", "retry", "give-up", "give-up"]);
  });

  it("it comes after the delay", () => {
    expect(afterFailure(still, 2, failure, NOW, 0.9)).toEqual({ kind: "retry", dueAt: NOW + 2_000 });
  });

  it("none follows what would end the same way again", () => {
    const retried = FAILURE_KINDS.filter(
      (kind) => afterFailure(still, 1, { ...failure, kind }, NOW, 0).kind === "retry",
    );
    expect(retried).toEqual(["error", "crashed"]);
  });

  it("none follows when the code asked for that", () => {
    expect(afterFailure(still, 1, { ...failure, steer: { kind: "abort" } }, NOW, 0)).toEqual({ kind: "give-up" });
  });

  it("it comes when the code asked for it, but never in the past and never beyond the last attempt", () => {
    const at = (instant: number): Failure => ({ ...failure, steer: { kind: "retry-at", at: instant } });
    expect(afterFailure(still, 1, at(NOW + 5), NOW, 0)).toEqual({ kind: "retry", dueAt: NOW + 5 });
    expect(afterFailure(still, 1, at(NOW - 5), NOW, 0)).toEqual({ kind: "retry", dueAt: NOW });
    expect(afterFailure(still, 3, at(NOW + 5), NOW, 0)).toEqual({ kind: "give-up" });
  });
});

describe("the delay", () => {
  it.each([
    ["exponential", [1_000, 2_000, 4_000, 8_000, 10_000]],
    ["linear", [1_000, 2_000, 3_000, 4_000, 5_000]],
    ["constant", [1_000, 1_000, 1_000, 1_000, 1_000]],
  ] as const)("grows: %s", (backoff, delays) => {
    const policy = { ...still, backoff, maxTimeoutInMs: 10_000 };
    expect([1, 2, 3, 4, 5].map((attempt) => retryDelayMs(policy, attempt, 0))).toEqual(delays);
  });

  it("is a whole number between its base and its upper bound, whatever chance says", () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const backoff = fc.constantFrom("exponential", "linear", "constant");
    fc.assert(
      fc.property(chance, chance, fc.integer({ min: 1, max: 250 }), backoff, (luck, jitter, attempt, kind) => {
        const policy: RetryPolicy = { ...DEFAULT_RETRY, backoff: kind as RetryPolicy["backoff"], jitter };
        const delayMs = retryDelayMs(policy, attempt, luck);
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(retryDelayMs({ ...policy, jitter: 0 }, attempt, luck));
        expect(delayMs).toBeLessThanOrEqual(policy.maxTimeoutInMs);
      }),
    );
  });
});

describe("a policy from options", () => {
  it("takes what is left open from its base", () => {
    expect(retryPolicy()).toEqual(DEFAULT_RETRY);
    expect(retryPolicy({ maxAttempts: 7 }, still)).toEqual({ ...still, maxAttempts: 7 });
    expect(retryPolicy({ factor: undefined } as unknown as RetryOptions)).toEqual(DEFAULT_RETRY);
  });

  it("keeps no more than steps over attempts unless it says so, and a task may take that back", () => {
    expect(retryPolicy().resume ?? false).toBe(false);
    const resuming = retryPolicy({ resume: true });
    expect(resuming).toEqual({ ...DEFAULT_RETRY, resume: true });
    expect(retryPolicy({ maxAttempts: 7 }, resuming).resume).toBe(true);
    expect(retryPolicy({ resume: false }, resuming).resume).toBe(false);
  });

  it("knows the other SDK's word for jitter", () => {
    expect(retryPolicy({ randomize: true }, still).jitter).toBe(1);
    expect(retryPolicy({ randomize: false }).jitter).toBe(0);
  });

  it.each<[RetryOptions]>([
    [{ maxAttempts: 0 }],
    [{ maxAttempts: 1.5 }],
    [{ maxAttempts: LIMITS.attempts + 1 }],
    [{ backoff: "fast" as "linear" }],
    [{ factor: 0.5 }],
    [{ minTimeoutInMs: -1 }],
    [{ maxTimeoutInMs: Number.NaN }],
    [{ maxTimeoutInMs: "1m" as unknown as number }],
    [{ jitter: 2 }],
    [{ jitter: 1, randomize: true }],
    [{ resume: "yes" as unknown as boolean }],
  ])("refuses %j", (options) => {
    expect(() => retryPolicy(options)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  it("refuses what it does not know", () => {
    expect(() => retryPolicy({ tries: 3 } as RetryOptions)).toThrow(
      expect.objectContaining({ code: "OPTION_UNSUPPORTED", details: { what: "retry", option: "tries" } }),
    );
  });
});
