import { type Chance, createChance } from "../chance.ts";

/** What a simulation decides by. Each part of it has a stream of its own, so that one drawing more does not upset the others. */
export interface Draw extends Chance {
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  happens(probability: number): boolean;
  pick<Element>(list: readonly Element[]): Element;
  /** Mostly small, now and then large: how delays are in practice. */
  span(meanMs: number): number;
  /** Another stream. */
  fork(): Draw;
}

export function createDraw(seed: number): Draw {
  const chance = createChance(seed);
  const whole = (least: number, most: number) => least + Math.floor(chance.next() * (most - least + 1));
  return {
    ...chance,
    whole,
    happens: (probability) => chance.next() < probability,
    pick<Element>(list: readonly Element[]): Element {
      if (list.length === 0) throw new Error("There is nothing to pick from.");
      return list[whole(0, list.length - 1)] as Element;
    },
    span: (meanMs) => Math.round(-Math.log(1 - chance.next()) * meanMs),
    fork: () => createDraw(whole(0, 2 ** 32 - 1) + whole(0, 2 ** 20 - 1) * 2 ** 32),
  };
}
