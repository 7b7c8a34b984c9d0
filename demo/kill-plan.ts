/** When the worker process kills itself: the moments that a durable program must survive, in the order of the demo. */
export const MOMENTS = {
  accepted: "as soon as trigger() had returned",
  parked: "while the import was parked on its wait",
  "before-effect": "inside a step, before its effect",
  "all-parked": "while every run was parked",
  "before-record": "inside a step, between its effect and its record",
  "child-end": "in the middle of the batch, as a child was about to return",
} as const;

export type Moment = keyof typeof MOMENTS;

/** Kill when the moment is reached for the `count`-th time in the life of the process. */
export interface Kill {
  readonly moment: Moment;
  readonly count: number;
}

/** The range in which the seed chooses the count. Together they leave work for each later process. */
const COUNTS: Readonly<Record<Moment, readonly [least: number, most: number]>> = {
  accepted: [1, 1],
  parked: [1, 1],
  "before-effect": [3, 8],
  "all-parked": [1, 1],
  "before-record": [3, 12],
  "child-end": [2, 4],
};

/** One kill for each process but the last. Equal seeds give equal plans. */
export function planKills(seed: number): readonly Kill[] {
  const random = randomFrom(seed);
  return (Object.keys(MOMENTS) as Moment[]).map((moment) => {
    const [least, most] = COUNTS[moment];
    return { moment, count: least + Math.floor(random() * (most - least + 1)) };
  });
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
