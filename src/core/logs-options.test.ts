import { describe, expect, it } from "vitest";
import { keptLogs } from "./logs-options.ts";

describe("the option logs", () => {
  it("says how lines are kept", () => {
    expect(keptLogs(undefined, "x")).toEqual({});
    expect(keptLogs(false, "x")).toBe(false);
    expect(keptLogs({ retention: "2d" }, "x")).toEqual({ maxAgeMs: 172_800_000 });
    expect(keptLogs({ maxMegabytes: 1, retention: undefined }, "x")).toEqual({ maxBytes: 1_048_576 });
    expect(keptLogs({ retention: "2d", maxMegabytes: 1.5 }, "x")).toEqual({
      maxAgeMs: 172_800_000,
      maxBytes: 1_572_864,
    });
  });

  it.each<[unknown, string]>([
    [true, "OPTION_INVALID"],
    [[], "OPTION_INVALID"],
    [null, "OPTION_INVALID"],
    [{ maxMegabytes: 0 }, "OPTION_INVALID"],
    [{ maxMegabytes: Number.POSITIVE_INFINITY }, "OPTION_INVALID"],
    [{ maxMegabytes: "10" }, "OPTION_INVALID"],
    [{ retention: "soon" }, "DURATION_INVALID"],
    [{ keep: 1 }, "OPTION_UNSUPPORTED"],
  ])("%j is refused", (given, code) => {
    expect(() => keptLogs(given, "x")).toThrow(expect.objectContaining({ code }));
  });
});
