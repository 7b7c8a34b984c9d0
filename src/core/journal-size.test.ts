import { describe, expect, it } from "vitest";
import { journalSize, tooLargeDetails } from "./journal-size.ts";
import { LIMITS } from "./limits.ts";

const { warnEntries, warnBytes, maxEntries, maxBytes } = LIMITS.journal;

describe("the size of a journal", () => {
  it.each([
    ["fine", 0, 0],
    ["fine", warnEntries - 1, warnBytes - 1],
    ["large", warnEntries, 0],
    ["large", 0, warnBytes],
    ["large", maxEntries, maxBytes],
    ["too-large", maxEntries + 1, 0],
    ["too-large", 0, maxBytes + 1],
  ] as const)("is %s with %d entries and %d bytes", (size, entrySeq, journalBytes) => {
    expect(journalSize({ entrySeq, journalBytes })).toBe(size);
  });

  it("is told with its limits", () => {
    const details = tooLargeDetails("run_1", { entrySeq: 7, journalBytes: 9 });
    expect(details).toEqual({ runId: "run_1", entries: 7, bytes: 9, maxEntries, maxBytes });
  });
});
