import { expect, it } from "vitest";
import type { Entry } from "../core/entry.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import type { Ask } from "./ask.ts";
import { Journal } from "./journal.ts";
import { Recorder } from "./recorder.ts";
import { Records } from "./records.ts";

function fired(count: number): Entry {
  const key = `timer:10#${count}`;
  return { seq: count, journal: 1, kind: "timer", key, outcome: "completed", epoch: 1, createdAt: 0 };
}

async function* recorded(entries: readonly Entry[]) {
  for (const entry of entries) yield { entry, clock: [] };
}

it("gives what was recorded of a withdrawn ask to that one, and to no other that is like it", async () => {
  const env = createVirtualEnv();
  const recorder = new Recorder({
    calls: {} as WorkerCalls,
    key: () => ({ runId: "run", epoch: 2 }),
    entrySeq: 3,
    takeClock: () => undefined,
    onSending: () => undefined,
    onLost: () => undefined,
  });
  const journal = new Journal({
    env,
    recorder,
    records: new Records(recorded([fired(1), fired(2), fired(3)])),
    waitpoints: async () => [],
    knownWaits: async () => [],
    isBusy: () => false,
    mayBegin: () => false,
    onStretch: () => undefined,
    mayDiffer: () => true,
    onDiverged: (diff) => expect.fail(diff),
    onChange: () => undefined,
  });
  const delivered: string[] = [];
  const timer = (name: string, onFired: () => void = () => undefined): Ask => ({
    kind: "timer",
    identity: "timer:10",
    begin: () => undefined,
    deliver({ key }) {
      delivered.push(`${name}: ${key}`);
      onFired();
    },
  });
  const second = timer("second");
  const first = timer("first", () => {
    journal.withdraw(second);
    journal.ask(timer("third"));
  });
  journal.ask(first);
  journal.ask(second);
  const replayed = journal.replay();
  await env.runUntil(replayed);
  expect(delivered).toEqual(["first: timer:10#1", "second: timer:10#2", "third: timer:10#3"]);
});
