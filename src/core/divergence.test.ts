import { describe, expect, it } from "vitest";
import { describeDivergence, readableKey, readDivergence } from "./divergence.ts";
import { failureOfCode } from "./failure.ts";

describe("a divergence", () => {
  it.each([
    [{ expected: "step:a#1", released: 3, asked: ["step:b/1#1", "wait:for/5m#2"], hasReturned: false }],
    [{ expected: "step:a#1", released: 0, asked: [], hasReturned: true }],
    [{ expected: "step:a#1", released: 1, asked: [], hasReturned: false }],
  ])("is found again in its text, and in the failure that tells of it", (place) => {
    const { expected, released, asked } = place;
    const diff = describeDivergence(place);
    const read = { expected: readableKey(expected), released, asked: asked.map(readableKey) };
    expect(readDivergence(diff)).toEqual(read);
    const { message } = failureOfCode("diverged", "JOURNAL_DIVERGED", { runId: "run_1", diff });
    expect(readDivergence(message)).toEqual(read);
  });

  it("may be told without a place, and other text tells of none", () => {
    expect(readDivergence("The journal goes on with\n  - GET to a\nbut the code asked for\n  + GET to b")).toEqual({
      expected: "GET to a",
      asked: ["GET to b"],
    });
    expect(readDivergence("Something else - than that.")).toBeUndefined();
  });
});

describe("a key for people", () => {
  it.each([
    ["step:charge#1", 'step "charge"'],
    ["step:charge/42#2", 'step "charge" with key "42", occurrence 2'],
    ["step:a%2fb%23#1", 'step "a/b#"'],
    ["wait:for/5m#1", "wait.for(5m)"],
    ["children:mail/0123456789abcdef#1", "triggerAndWait of mail (0123456789ab)"],
    ["trigger:mail/k#3", "trigger of mail (k), occurrence 3"],
    ["http:POST api.example.com.aB-_/cD-_#1", "POST to api.example.com"],
    ["http:GET api.example.com:8080.aB/cD#2", "GET to api.example.com:8080, occurrence 2"],
    ["http:GET api.example.com.aB/cD#1r7", "GET to api.example.com"],
    ["timer:30#1", "a timer of 30 ms"],
    ["timer:every 30#4", "a timer of 30 ms"],
    ["undo:12", "the taking back of entry 12"],
    ["other:a#1", "other:a#1"],
    ["of no form", "of no form"],
  ])("%s is %s", (key, name) => {
    expect(readableKey(key)).toBe(name);
  });
});
