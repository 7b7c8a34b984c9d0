import { describe, expect, it } from "vitest";
import { LIMITS } from "./limits.ts";
import { checkPayloads, checkSize, isNestedAtMost } from "./size.ts";

describe("a size limit", () => {
  it("lets through what is absent or just fits", () => {
    checkSize(undefined, "It", 3);
    checkSize("abc", "It", 3);
    checkSize("abc", "It");
  });

  it("refuses what is longer and says by how much", () => {
    expect(() => checkSize("abcd", "The tag", 3)).toThrow("The tag is 4 characters of JSON; the limit is 3.");
  });

  it("has nothing to say of what is no list of requests", () => {
    for (const none of [undefined, null, "x", {}, [null, undefined]]) checkPayloads(none as never);
  });

  it("names the task of the payload that is too large", () => {
    const payload = "x".repeat(LIMITS.valueCharacters + 1);
    expect(() => checkPayloads([{ task: "small" }, { task: "import", payload }])).toThrow(
      "The payload for task import",
    );
  });
});

describe("how deep JSON is nested", () => {
  it("counts objects and lists, and never goes deeper than it must", () => {
    expect([isNestedAtMost(1, 0), isNestedAtMost([], 0), isNestedAtMost({ a: [1] }, 2)]).toEqual([true, false, true]);
    expect(isNestedAtMost(JSON.parse("[".repeat(1e5) + "]".repeat(1e5)))).toBe(false);
  });
});
