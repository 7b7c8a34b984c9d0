import { expect, it } from "vitest";
import type { Entry } from "../core/entry.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import { createVirtualEnv, type VirtualEnv } from "../testing/virtual-env.ts";
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

function openJournal(env: VirtualEnv, entries: readonly Entry[], mayBegin: boolean): Journal {
  const recorder = new Recorder({
    calls: {} as WorkerCalls,
    key: () => ({ runId: "run", epoch: 2 }),
    entrySeq: entries.length,
    takeClock: () => undefined,
    onSending: () => undefined,
    onLost: () => undefined,
  });
  return new Journal({
    env,
    recorder,
    records: new Records(recorded(entries)),
    waitpoints: async () => [],
    knownWaits: async () => [],
    isBusy: () => true,
    mayBegin: () => mayBegin,
    onStretch: () => undefined,
    mayDiffer: () => true,
    onDiverged: (diff) => expect.fail(diff),
    onChange: () => undefined,
  });
}

it("gives what was recorded of a withdrawn ask to that one, and to no other that is like it", async () => {
  const env = createVirtualEnv();
  const journal = openJournal(env, [fired(1), fired(2), fired(3)], false);
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
  await env.runUntil(journal.replay());
  expect(delivered).toEqual(["first: timer:10#1", "second: timer:10#2", "third: timer:10#3"]);
});

it("begins a request that the code needs to come to its recorded wait, in whatever moment it is asked", async () => {
  const waited: Entry = { ...fired(1), kind: "wait", key: "wait:for/10#1" };
  const moments = Array.from({ length: 30 }, (_, i) => i);
  const begun = await Promise.all(
    moments.map(async (moment) => {
      const env = createVirtualEnv();
      const journal = openJournal(env, [waited], true);
      let hasBegun = false;
      const begin = () => {
        hasBegun = true;
      };
      void journal.replay();
      for (let i = 0; i < moment; i++) await Promise.resolve();
      journal.ask({ kind: "request", identity: "http:GET a.b/c", begin, deliver: () => undefined });
      await env.advance(1_000);
      return hasBegun;
    }),
  );
  expect(moments.filter((moment) => !begun[moment])).toEqual([]);
});
