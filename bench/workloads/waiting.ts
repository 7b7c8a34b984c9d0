import { setTimeout as pause } from "node:timers/promises";
import { task, wait } from "../../src/sdk/index.ts";
import { LastStarted } from "../gate.ts";
import { final, openInstance } from "../instance.ts";
import { memoryAfterCollection } from "../memory.ts";
import type { Findings, Place } from "../metrics.ts";

const RUNS = 10_000;
const WARM_UP_RUNS = 500;
const BATCH = 500;
const CONCURRENCY = 100;
const LOOK_EVERY_MS = 5;
const WARM_UP_WAIT_MS = 2_000;
/** The instant is chosen from the pace of the warm-up; what is not parked by then would not wait at all. */
const PATIENCE = 2.5;

/** Runs that wait for one instant: how fast they get there, what they weigh, and how fast they are through once it has come. */
export async function holdWaiting(place: Place): Promise<Findings> {
  const crowds = new Map<string, { readonly parking: LastStarted; readonly ending: LastStarted }>();
  const sleeper = task({
    id: "sleeper",
    run: async ({ crowd, until }: { crowd: string; until: number }, { ctx }) => {
      crowds.get(crowd)?.parking.started(ctx.run.id);
      await wait.until(new Date(until));
      crowds.get(crowd)?.ending.started(ctx.run.id);
    },
  });
  const perdure = await openInstance(place, [sleeper], CONCURRENCY);

  /** @returns How long they took to park, and to end once the instant had come. */
  async function pass(crowd: string, count: number, waitMs: number, onParked: () => void) {
    const parking = new LastStarted({ limit: CONCURRENCY, expected: count });
    const ending = new LastStarted({ limit: CONCURRENCY, expected: count });
    crowds.set(crowd, { parking, ending });
    const until = Date.now() + waitMs;
    const startedAt = performance.now();
    for (let left = count; left > 0; left -= BATCH) {
      const items = Array.from({ length: Math.min(BATCH, left) }, () => ({ payload: { crowd, until } }));
      await sleeper.batchTrigger(items);
    }
    for (const id of await parking.ids())
      while (!(await perdure.runs.retrieve(id)).isWaiting) await pause(LOOK_EVERY_MS);
    const parkedMs = performance.now() - startedAt;
    if (Date.now() > until) throw new Error(`${count} runs were not parked in ${waitMs} ms`);
    onParked();
    await pause(until - Date.now());
    const wokenAt = performance.now();
    for (const id of await ending.ids()) await final(perdure, id);
    return { parkedMs, endedMs: performance.now() - wokenAt };
  }

  const warmUp = await pass("warm-up", WARM_UP_RUNS, WARM_UP_WAIT_MS, () => {});
  const before = memoryAfterCollection();
  let after = before;
  const waitMs = (warmUp.parkedMs / WARM_UP_RUNS) * RUNS * PATIENCE + WARM_UP_WAIT_MS;
  const { parkedMs, endedMs } = await pass("measured", RUNS, waitMs, () => {
    after = memoryAfterCollection();
  });
  return {
    perSecond: (RUNS * 1_000) / parkedMs,
    rssGrowth: after.rss - before.rss,
    heapGrowth: after.heap - before.heap,
    wokenPerSecond: (RUNS * 1_000) / endedMs,
  };
}
