import { expect, it } from "vitest";
import { retentionMs } from "./retention.ts";

it.each([
  [undefined, 30 * 24 * 3_600_000],
  ["1d", 24 * 3_600_000],
  ["never", undefined],
] as const)("%s is kept for %s ms", (retention, ms) => expect(retentionMs(retention)).toBe(ms));

it("what is no duration is refused", () => expect(() => retentionMs("soon")).toThrow("not a valid retention"));
