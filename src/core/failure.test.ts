import { describe, expect, it } from "vitest";
import { perdureError } from "./errors.ts";
import {
  AbortTaskRunError,
  errorOf,
  FAILURE_KINDS,
  failureOf,
  failureOfCode,
  RetryAfterError,
  SubtaskUnwrapError,
} from "./failure.ts";
import { LIMITS } from "./limits.ts";

describe("the failure of something thrown", () => {
  it("keeps name, message, stack and kind", () => {
    const error = new TypeError("no");
    expect(failureOf(error, "timed_out")).toEqual({
      kind: "timed_out",
      name: "TypeError",
      message: "no",
      stack: error.stack,
    });
    expect(FAILURE_KINDS).toContain(failureOf(error).kind);
  });

  it("does without a stack", () => {
    const error = new Error("no");
    delete error.stack;
    expect(failureOf(error)).not.toHaveProperty("stack");
  });

  it("keeps our code", () => {
    expect(failureOf(perdureError("LEASE_LOST", { runId: "run_1" })).code).toBe("LEASE_LOST");
  });

  it.each<[unknown, string, string]>([
    ["text", "String", "text"],
    [undefined, "NonError", "undefined"],
    [null, "NonError", "null"],
    [7, "NonError", "7"],
    [{ a: 1 }, "NonError", '{"a":1}'],
    [10n, "NonError", "[object BigInt]"],
  ])("describes %s", (thrown, name, message) => {
    expect(failureOf(thrown)).toEqual({ kind: "error", name, message });
  });

  it("follows causes down to a depth, so that a circle of them ends", () => {
    const error = new Error("circle");
    error.cause = error;
    let depth = 0;
    for (let failure = failureOf(error); failure.cause !== undefined; failure = failure.cause) depth += 1;
    expect(depth).toBe(5);
  });

  it("cuts off what exceeds the limit", () => {
    const { message } = failureOf(new Error("x".repeat(LIMITS.failureCharacters + 10)));
    expect(message).toHaveLength(LIMITS.failureCharacters + 1);
    expect(message.endsWith("…")).toBe(true);
  });
});

describe("steering", () => {
  it("survives being stored", () => {
    const at = new Date(Date.UTC(2026, 0, 1));
    const abort = errorOf(failureOf(new AbortTaskRunError("enough")));
    const later = errorOf(failureOf(new RetryAfterError("later", at)));
    expect(abort).toBeInstanceOf(AbortTaskRunError);
    expect(failureOf(abort).steer).toEqual({ kind: "abort" });
    expect(later).toBeInstanceOf(RetryAfterError);
    expect((later as RetryAfterError).retryAt).toEqual(at);
  });
});

describe("the error of a failure", () => {
  it("has the same name, message, stack, code and cause", () => {
    const failure = failureOf(new RangeError("outer", { cause: perdureError("STOPPED") }));
    const error = errorOf(failure);
    expect(failureOf(error).stack).toBe(failure.stack);
    expect(error.name).toBe("RangeError");
    expect(error.message).toBe("outer");
    expect(error.cause).toMatchObject({ name: "PerdureError", code: "STOPPED" });
  });

  it("has a stack of its own where none was stored", () => {
    expect(errorOf({ kind: "error", name: "Error", message: "m" }).stack).toContain("failure.test");
  });
});

describe("what code without types throws", () => {
  it("is a failure though it cannot be read", () => {
    const unreadable = Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("hostile");
      },
    });
    expect(failureOf(unreadable)).toEqual({ kind: "error", name: "Error", message: "What was thrown cannot be read." });
  });

  it("steers by what a date can be made of, or not at all", () => {
    const at = (retryAt: unknown) => failureOf(new RetryAfterError("later", retryAt as Date)).steer;
    expect(at("2030-01-01T00:00:00Z")).toEqual({ kind: "retry-at", at: Date.UTC(2030, 0, 1) });
    expect(at("soon")).toBeUndefined();
    expect(at(undefined)).toBeUndefined();
  });
});

describe("failures of ours", () => {
  it("are named by their code", () => {
    const failure = failureOfCode("expired", "RUN_EXPIRED", { runId: "run_1" });
    expect(failure).toMatchObject({ kind: "expired", code: "RUN_EXPIRED", name: "PerdureError" });
    expect(failure.message).toContain("Run run_1 did not start within its TTL.");
  });

  it("tell a waiting parent whose they are", () => {
    expect(new SubtaskUnwrapError("child", "run_1", new Error("no"))).toMatchObject({
      taskId: "child",
      runId: "run_1",
      message: "Error in child: no",
      name: "SubtaskUnwrapError",
    });
    expect(new SubtaskUnwrapError("child", "run_1", "no").message).toBe("Error in child: no");
  });
});
