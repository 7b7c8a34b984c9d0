import { describe, expect, it } from "vitest";
import { ERRORS, type ErrorCode, isPerdureError, perdureError } from "./errors.ts";

describe("the errors of Perdure", () => {
  it.each(Object.entries(ERRORS))("%s has a status, a sentence and a cure", (code, { status, sentence, cure }) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(sentence).toMatch(/^[A-Z{].*\.(?:\n\{diff\}|\{output\})?$/s);
    expect(cure).toMatch(/^[A-Z].*\S$/s);
    expect(perdureError(code as ErrorCode).status).toBe(status);
  });

  it("fill their sentence with details", () => {
    const error = perdureError("RUN_FINAL", { runId: "run_1", status: "failed" });
    expect(error.sentence).toBe("Run run_1 is failed already.");
    expect(error.message).toBe("Run run_1 is failed already. Replay it to get a new run.");
    expect(error.details).toEqual({ runId: "run_1", status: "failed" });
  });

  it("leave a gap where a detail is missing", () => {
    expect(perdureError("RUN_NOT_FOUND").sentence).toBe("There is no run .");
  });

  it("carry their cause", () => {
    const cause = new Error("disk");
    expect(perdureError("STORE_UNAVAILABLE", {}, { cause }).cause).toBe(cause);
  });

  it("are known by their brand and code, also across copies of the class", () => {
    const error = perdureError("STOPPED");
    const copy = { [Symbol.for("perdure.error")]: true, code: "STOPPED" };
    for (const ours of [error, copy]) {
      expect(isPerdureError(ours)).toBe(true);
      expect(isPerdureError(ours, "STOPPED")).toBe(true);
      expect(isPerdureError(ours, "INTERNAL")).toBe(false);
    }
    for (const foreign of [new Error("x"), null, undefined, "STOPPED", 1]) expect(isPerdureError(foreign)).toBe(false);
  });
});
