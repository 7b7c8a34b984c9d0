import { describe, expect, it } from "vitest";
import { ClockWriter } from "./clock-reads.ts";
import { encodeValue } from "./codec.ts";
import { ENTRY_KINDS, type Entry } from "./entry.ts";
import { ENTRY_KIND_WORDS, sourceOf, viewEntry } from "./entry-view.ts";
import { createRedact } from "./redact.ts";

const BASE = { seq: 7, journal: 1, outcome: "completed", epoch: 2, createdAt: 1_000 } as const;
const HTTP = "http:GET a.example.aB/cD#1";
const SECRET = "hunter2hunter2";
const redact = createRedact([SECRET]);

function view(entry: Partial<Entry> & Pick<Entry, "kind" | "key">, withValue = false, origin?: Entry) {
  return viewEntry({ ...BASE, ...entry }, { source: "executed", redact, withValue, origin });
}

const head = { tie: "t", method: "GET", url: "https://a.example/list" };
const answered = { ...head, status: 200, statusText: "OK", headers: ["x-token", SECRET] };

describe("an entry as people see it", () => {
  it("has a word for each kind", () => {
    expect(Object.keys(ENTRY_KIND_WORDS).sort()).toEqual([...ENTRY_KINDS].sort());
  });

  it("is what is stored of it, without what it holds", () => {
    const result = encodeValue({ a: SECRET }, "it");
    const writer = new ClockWriter();
    for (const ms of [1, 1, 9]) writer.add("wall", ms);
    const clock = writer.take() as string;
    expect(view({ kind: "step", key: `step:${SECRET}#1`, result, clock })).toEqual({
      ...BASE,
      place: "000000000007",
      kind: "step",
      name: 'step "[redacted: secret]"',
      source: "executed",
      size: result.length,
      clockReads: 3,
    });
    expect(view({ kind: "wait", key: "wait:for/1h#1", place: "000000000003.000001" })).toMatchObject({
      place: "000000000003.000001",
      size: 0,
      clockReads: 0,
    });
  });

  it.each(["sent", "request", "head"] as const)("names the request of a %s by its address", (kind) => {
    const result = JSON.stringify(kind === "sent" ? head : { ...answered, body: "tfine" });
    const seen = view({ kind, key: HTTP, result }, true);
    expect(seen.name).toBe("GET https://a.example/list");
    expect(seen.status).toBe(kind === "sent" ? undefined : 200);
    expect(seen.value).toBe(kind === "request" ? "fine" : undefined);
    expect(JSON.stringify(seen)).not.toContain(SECRET);
  });

  it("says why there is no answer, and what broke one off", () => {
    const cause = { name: "Error", message: "connect", details: { code: "ECONNREFUSED" } };
    const error = { name: "TypeError", message: "fetch failed", cause };
    const failed = {
      kind: "request",
      key: HTTP,
      outcome: "failed",
      result: JSON.stringify({ ...head, error }),
    } as const;
    expect(view(failed, true)).toMatchObject({ problem: "TypeError: fetch failed (ECONNREFUSED)" });
    expect(view(failed, true).value).toBeUndefined();
    const end = (ending: object) => view({ kind: "end", key: HTTP, result: JSON.stringify(ending) }).problem;
    expect(end({ kind: "complete" })).toBeUndefined();
    expect(end({ kind: "given-up" })).toBe("the code gave it up");
    expect(
      end({ kind: "cut", error: { name: "Error", message: "read ECONNRESET", details: { code: "ECONNRESET" } } }),
    ).toBe("Error: read ECONNRESET");
    expect(end({ kind: "cut", error: { name: "Error", message: "a", cause: { name: "E", message: "b" } } })).toBe(
      "Error: a (b)",
    );
    expect(end({ kind: "cut", error: { name: "Error", message: "plain" } })).toBe("Error: plain");
    const failure = JSON.stringify({ kind: "error", name: "Error", message: `no ${SECRET}` });
    expect(view({ kind: "step", key: "step:a#1", outcome: "failed", result: failure }).problem).toBe(
      "Error: no [redacted: secret]",
    );
  });

  it.each([
    [
      "step",
      encodeValue({ at: new Date(0), secret: SECRET }, "it"),
      '{"at":"1970-01-01T00:00:00.000Z","secret":"[redacted: secret]"}',
    ],
    ["step", encodeValue(undefined, "it"), "null"],
    ["trigger", '[{"id":"run_1"}]', '[{"id":"run_1"}]'],
    ["request", JSON.stringify(answered), ""],
    ["request", JSON.stringify({ ...answered, body: "bAAEC" }), "[3 bytes that are no text]"],
    ["request", JSON.stringify({ ...answered, body: "bAA==" }), "[1 bytes that are no text]"],
    ["body", JSON.stringify(["tone ", "bAAE="]), "one [2 bytes that are no text]"],
    ["timer", "{}", undefined],
    ["timer", undefined, undefined],
  ] as const)("of kind %s shows what it holds on request", (kind, result, value) => {
    const key = kind === "request" || kind === "body" ? HTTP : `${kind}:a#1`;
    expect(view({ kind, key, ...(result === undefined ? {} : { result }) }, true).value).toBe(value);
  });

  it("that repeats an earlier one has the size and value of that", () => {
    const origin: Entry = { ...BASE, seq: 2, kind: "step", key: "step:a#1", result: encodeValue(1, "it") };
    expect(view({ kind: "step", key: "step:a#1", keptSeq: 2 }, true, origin)).toMatchObject({
      seq: 7,
      keptSeq: 2,
      size: 10,
      value: "1",
    });
  });
});

describe("by whom it was done", () => {
  const at = { lastEpoch: 3, cut: new Set([HTTP]) };
  it.each([
    ["executed", { kind: "step", key: "step:a#1", epoch: 3 }],
    ["replayed", { kind: "step", key: "step:a#1", epoch: 2 }],
    ["kept", { kind: "step", key: "step:a#1", epoch: 2, keptSeq: 1 }],
    ["noted", { kind: "intent", key: "step:a#1", epoch: 3 }],
    ["noted", { kind: "sent", key: HTTP, epoch: 1 }],
    ["cut", { kind: "head", key: HTTP, epoch: 2 }],
    ["cut", { kind: "body", key: HTTP, epoch: 2 }],
    ["executed", { kind: "head", key: HTTP, epoch: 3 }],
    ["replayed", { kind: "head", key: `${HTTP}r3`, epoch: 2 }],
  ] as const)("%s", (source, entry) => {
    expect(sourceOf({ ...BASE, ...entry }, at)).toBe(source);
  });
});
