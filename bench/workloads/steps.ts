import { step, task } from "../../src/sdk/index.ts";
import { final, openInstance } from "../instance.ts";
import type { Findings, Place } from "../metrics.ts";
import { measureRate } from "../rate.ts";
import { percentile } from "../statistics.ts";

const IN_FLIGHT = 50;

/** Each step is on disk before the next begins, so a run is seven commits one after the other. */
export const fiveSteps = task({
  id: "five-steps",
  run: async ({ start }: { start: number }) => {
    let sum = start;
    for (const name of ["one", "two", "three", "four", "five"]) sum = await step.run(name, () => sum + 1);
    return sum;
  },
});

/** Clients that each ask for a run and wait for its result before they ask for the next. */
export async function runSteps(place: Place): Promise<Findings> {
  const perdure = await openInstance(place, [fiveSteps], IN_FLIGHT);
  const times: number[] = [];
  const rate = await measureRate(IN_FLIGHT, async () => {
    const askedAt = performance.now();
    const { id } = await fiveSteps.trigger({ start: 0 });
    await final(perdure, id);
    times.push(performance.now() - askedAt);
    return 1;
  });
  return { ...rate, p50: percentile(times, 0.5) };
}
