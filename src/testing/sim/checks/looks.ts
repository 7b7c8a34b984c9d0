import { underLease } from "../answers.ts";
import type { Evidence, Story, Violation } from "../evidence.ts";
import type { Look } from "../perform-effects.ts";

/**
 * Whoever has seen the same draws the same: bytes in every attempt, numbers in every process of one. Nothing is drawn twice,
 * and the clock of a run never goes back, whichever process it runs in.
 */
export function* checkLooks({ stories }: Evidence): Iterable<Violation> {
  for (const story of stories.values()) {
    const drawn = new Map<string, string | number>();
    const latest = new Map<number, number>();
    const places = new Map<string, string>();
    for (const { deed, seen } of underLease<Look>(story, "look")) {
      const { place, execution, attempt } = deed;
      const { before, bytes, number, monotonic } = seen;
      for (const [name, value] of [
        [`bytes at ${place} after ${before}`, bytes],
        [`number at ${place} after ${before} in attempt ${attempt}`, number],
      ] as const) {
        const first = drawn.get(name) ?? value;
        drawn.set(name, first);
        if (first !== value) yield broken(story, `${name}: ${first}, and ${value} in epoch ${deed.epoch}`);
      }
      const other = places.get(`${execution} ${bytes}`) ?? place;
      places.set(`${execution} ${bytes}`, other);
      if (other !== place) yield broken(story, `it drew the same bytes at ${other} and at ${place}`);
      const last = latest.get(execution) ?? 0;
      latest.set(execution, monotonic);
      if (monotonic < last) yield broken(story, `its clock went from ${last} to ${monotonic} at ${place}`);
    }
  }
}

function broken({ runId }: Story, problem: string): Violation {
  return { promise: "chance and clocks are the run's", runId, problem };
}
