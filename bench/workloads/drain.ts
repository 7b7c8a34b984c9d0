import { memoryNow } from "../memory.ts";
import type { Findings, Place } from "../metrics.ts";
import { cpuMicrosSince } from "../rate.ts";
import { openQueue } from "./open-queue.ts";

const RUNS = 3_000;
const BATCH = 500;

/** A backlog of runs that do nothing, from the moment at which the worker is let go to the moment at which all are final. */
export async function drain(place: Place, concurrency: number): Promise<Findings> {
  const queue = await openQueue(place, { concurrency, expected: RUNS });
  const rssIdle = memoryNow().rss;
  for (let enqueued = 0; enqueued < RUNS; enqueued += BATCH) await queue.enqueueMany(BATCH);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await queue.drain();
  const elapsedMs = performance.now() - startedAt;
  const perSecond = (RUNS * 1_000) / elapsedMs;
  return { perSecond, cpuMicros: cpuMicrosSince(cpu) / RUNS, rssIdle, rssAfter: memoryNow().rss };
}
