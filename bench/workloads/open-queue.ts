import { task } from "../../src/sdk/index.ts";
import { createGate, LastStarted } from "../gate.ts";
import { final, openInstance } from "../instance.ts";
import type { Place } from "../metrics.ts";
import { openPlainjob } from "./plainjob.ts";
import { PAYLOAD, type Queue, type QueueOptions } from "./queue.ts";

export function openQueue(place: Place, options: QueueOptions): Promise<Queue> {
  return place.subject === "file" || place.subject === "memory"
    ? openPerdure(place, options)
    : openPlainjob(place, options);
}

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
    enqueueMany: async (count) =>
      void (await noop.batchTrigger(Array.from({ length: count }, () => ({ payload: PAYLOAD })))),
    async drain() {
      gate.open();
      for (const id of await last.ids()) await final(perdure, id);
    },
  };
}
