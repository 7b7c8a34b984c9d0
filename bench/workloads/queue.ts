import { createGate, LastStarted } from "../gate.ts";
import { final, openInstance } from "../instance.ts";
import type { Place } from "../metrics.ts";
import { task } from "../../src/sdk/index.ts";
import { openPlainjob } from "./plainjob.ts";

/** What Perdure and its peers have in common: a queue of no-op jobs, and a worker that is held back until it may drain them. */
export interface Queue {
  enqueue(): Promise<void>;
  enqueueMany(count: number): Promise<void>;
  /** Lets the worker go on; resolves when each of the jobs is done, as far as its store says so. */
  drain(): Promise<void>;
}

export interface QueueOptions {
  readonly concurrency: number;
  /** How many jobs `drain` is to wait for, those that hold the slots included. */
  readonly expected?: number;
}

export function openQueue(place: Place, options: QueueOptions): Promise<Queue> {
  return place.subject === "file" || place.subject === "memory"
    ? openPerdure(place, options)
    : openPlainjob(place, options);
}

/** As large as the payloads of the measurements before the first version. */
export const PAYLOAD = { text: "x".repeat(180) };

async function openPerdure(place: Place, { concurrency, expected = 0 }: QueueOptions): Promise<Queue> {
  const gate = createGate();
  const last = new LastStarted({ limit: concurrency, expected });
  const noop = task({
    id: "noop",
    run: async (_: typeof PAYLOAD, { ctx }) => {
      last.started(ctx.run.id);
      await gate.passed;
    },
  });
  const perdure = await openInstance(place, [noop], concurrency);
  return {
    enqueue: async () => void (await noop.trigger(PAYLOAD)),
    enqueueMany: async (count) => void (await noop.batchTrigger(Array.from({ length: count }, () => ({ payload: PAYLOAD })))),
    async drain() {
      gate.open();
      for (const id of await last.ids()) await final(perdure, id);
    },
  };
}
