import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  childIdentity,
  ENTRY_KINDS,
  ENTRY_OUTCOMES,
  entryKey,
  hasStepKey,
  isKept,
  stepIdentity,
  WAITPOINT_KINDS,
  waitIdentity,
} from "./entry.ts";

describe("an entry's key", () => {
  it.each([
    [stepIdentity("charge", undefined), "step:charge"],
    [stepIdentity("charge", "42"), "step:charge/42"],
    [stepIdentity("a/b#c%", "d/e"), "step:a%2fb%23c%25/d%2fe"],
    [waitIdentity("for", "5m"), "wait:for/5m"],
    [waitIdentity("until", "#1"), "wait:until/%231"],
    [childIdentity("trigger", "import", "abc"), "trigger:import/abc"],
    [childIdentity("children", "a/b", "c#1"), "children:a%2fb/c%231"],
    [entryKey("step:charge", 2), "step:charge#2"],
  ])("%s", (made, expected) => {
    expect(made).toBe(expected);
  });

  it("tells any two steps apart", () => {
    const key = fc.option(fc.string(), { nil: undefined });
    fc.assert(
      fc.property(fc.string(), key, fc.string(), key, (name, stepKey, otherName, otherKey) => {
        fc.pre(name !== otherName || stepKey !== otherKey);
        expect(stepIdentity(name, stepKey)).not.toBe(stepIdentity(otherName, otherKey));
      }),
    );
  });

  it("says whether its step has a key", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, key) => {
        expect(hasStepKey(entryKey(stepIdentity(name, key), 1))).toBe(true);
        expect(hasStepKey(entryKey(stepIdentity(name, undefined), 1))).toBe(false);
      }),
    );
    expect(hasStepKey("wait:for/5m#1")).toBe(false);
  });

  it("is kept by a new attempt when it is the only one of its name or has a key", () => {
    expect(isKept("step:charge#1", 1)).toBe(true);
    expect(isKept("step:charge#1", 2)).toBe(false);
    expect(isKept("step:charge/42#1", 2)).toBe(true);
  });
});

it("has a closed vocabulary", () => {
  expect([ENTRY_KINDS.length, ENTRY_OUTCOMES.length, WAITPOINT_KINDS.length]).toEqual([12, 2, 3]);
});
