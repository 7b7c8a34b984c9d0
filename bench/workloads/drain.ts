import { rssNow } from "../memory.ts";
import type { Findings, Place } from "../metrics.ts";
import { openQueue } from "./queue.ts";

const RUNS = 5_000;
const BATCH = 500;

/** A backlog of runs that do nothing, from the moment at which the worker is let go to the moment at which all are final. */
export async function drain(place: Place, concurrency: number): Promise<Findings> {
  const queue = await openQueue(place, { concurrency, expected: RUNS });
  const rssIdle = rssNow();
  for (let enqueued = 0; enqueued < RUNS; enqueued += BATCH) await queue.enqueueMany(BATCH);
  const startedAt = performance.now();
  await queue.drain();
  const elapsedMs = performance.now() - startedAt;
  return { perSecond: (RUNS * 1_000) / elapsedMs, rssIdle, rssAfter: rssNow() };
}
