import type { Findings, Place } from "../metrics.ts";
import { measureRate } from "../rate.ts";
import { openQueue } from "./open-queue.ts";
import type { Queue } from "./queue.ts";

const PRODUCERS = 50;

/** Producers that each wait until their run is on disk before they ask for the next. No run is executed meanwhile. */
export async function enqueueSingly(place: Place): Promise<Findings> {
  const queue = await openHeldQueue(place);
  return measureRate(PRODUCERS, async () => {
    await queue.enqueue();
    return 1;
  });
}

export async function enqueueMany(place: Place, count: number): Promise<Findings> {
  const queue = await openHeldQueue(place);
  return measureRate(1, async () => {
    await queue.enqueueMany(count);
    return count;
  });
}

/** Its only slot is taken by the first run, which does not end. */
async function openHeldQueue(place: Place): Promise<Queue> {
  const queue = await openQueue(place, { concurrency: 1 });
  await queue.enqueue();
  return queue;
}
