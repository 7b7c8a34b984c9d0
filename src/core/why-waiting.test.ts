import { describe, expect, it } from "vitest";
import type { Waitpoint } from "./entry.ts";
import { type Situation, type WAIT_REASONS, whyWaiting } from "./why-waiting.ts";

const NOW = Date.UTC(2030, 0, 1);
const READY: Situation = {
  run: { status: "queued", phase: "running", queue: "mail", task: "send", dueAt: NOW, attempt: 1 },
  now: NOW,
  waitpoints: [],
  pausedAt: undefined,
  queue: { concurrencyLimit: null, executing: 3 },
  version: "v_1",
  workers: "asking",
};

function given(run: Partial<Situation["run"]>, more: Partial<Situation> = {}): Situation {
  return { ...READY, ...more, run: { ...READY.run, ...run } };
}

function waitpoint(more: Partial<Waitpoint>): Waitpoint {
  const ids = { id: "waitpoint_1", runId: "run_1", journal: 1, entryKey: "wait:for/1h#1" };
  return { ...ids, kind: "time", status: "pending", remaining: 0, createdAt: NOW, ...more };
}

const parked = (...waitpoints: readonly Waitpoint[]) => given({ status: "waiting" }, { waitpoints });
const full = { concurrencyLimit: 3, executing: 3 };

describe("a run that is not running", () => {
  it.each<[keyof typeof WAIT_REASONS, Situation, RegExp]>([
    ["final", given({ status: "failed" }), /failed/],
    ["executing", given({ status: "executing" }), /worker/],
    ["held", parked(waitpoint({ kind: "hold" })), /restart it/],
    ["waiting", parked(waitpoint({ dueAt: NOW + 1_000 })), /until 2030-01-01T00:00:01/],
    ["waiting", parked(waitpoint({ kind: "children", remaining: 2 })), /for 2 of its children/],
    ["waiting", parked(waitpoint({ status: "completed", dueAt: 1 })), /call back/],
    ["canceling", given({ cancelRequestedAt: 1 }), /end was asked/],
    ["delayed", given({ dueAt: NOW + 1 }), /asked to start at 2030/],
    ["delayed", given({ dueAt: NOW + 1, startedAt: 1, attempt: 2 }), /^Attempt 2 begins/],
    ["everything-paused", given({}, { pausedAt: 0, queue: { ...full, pausedAt: 0 } }), /1970/],
    ["queue-paused", given({}, { queue: { ...full, pausedAt: 0 } }), /queue mail is paused/],
    ["queue-full", given({}, { queue: full, workers: "none" }), /3 runs of its queue mail execute; its limit is 3/],
    ["no-worker", given({}, { workers: "none" }), /send in version v_1/],
    ["no-worker", given({}, { workers: "none", version: undefined }), /of the task send\./],
    ["workers-busy", given({}, { workers: "busy" }), /no free place/],
    ["soon", READY, /about to start/],
  ])("says %s", (reason, situation, sentence) => {
    const found = whyWaiting(situation);
    expect(found.reason).toBe(reason);
    expect(found.sentence).toMatch(sentence);
    expect(found.sentence).toMatch(/\.$/);
  });

  it("says when it goes on by itself, where that is known", () => {
    expect(whyWaiting(given({ dueAt: NOW + 5 })).until).toBe(NOW + 5);
    const both = parked(waitpoint({ dueAt: NOW + 9 }), waitpoint({ dueAt: NOW + 7 }));
    expect(whyWaiting(both).until).toBe(NOW + 7);
    expect(whyWaiting(parked(waitpoint({ kind: "children", remaining: 1 }))).until).toBeUndefined();
  });

  it("takes back its steps although its end was asked for", () => {
    expect(whyWaiting(given({ cancelRequestedAt: 1, phase: "undoing" })).reason).toBe("soon");
  });
});
