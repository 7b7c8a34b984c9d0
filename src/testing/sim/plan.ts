import type { Draw } from "./draw.ts";

export const FAULTS = [
  "kill worker",
  "kill worker soon",
  "stop worker",
  "kill node",
  "kill node soon",
  "stop node",
  "pause worker",
  "pause node",
  "set a clock",
  "cut off",
] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * What kind of world a seed makes. Every seed leaves some troubles out and overdoes others: worlds in which everything
 * fails all the time are alike, and never get far enough to show the rarer faults.
 */
export interface Plan {
  readonly leaseMs: number;
  readonly nodes: number;
  readonly workers: number;
  readonly clients: number;
  readonly concurrency: number;
  readonly keepWarm: number;
  readonly leaseWaitMs: number;
  /** How much faster or slower than time clocks may go. */
  readonly drift: number;
  readonly slowTurns: number;
  /** Probability that a run's program takes its process down. Then pools see the ends of processes, and others are for runs that must be alone. */
  readonly poisoned: number;
  readonly aloneWorkers: number;
  /** Probabilities of each message. */
  readonly network: { readonly lost: number; readonly doubled: number; readonly slow: number; readonly slowMs: number };
  /** Probabilities of each call: failed before the commit, after it, or failed and then executed all the same. */
  readonly store: { readonly before: number; readonly after: number; readonly late: number; readonly slow: number };
  /** Faults of whole processes, and how far apart they are on average. */
  readonly faults: readonly Fault[];
  readonly faultEveryMs: number;
  /** How long the troubles last. */
  readonly faultyMs: number;
  /** How often somebody pauses a queue or everything, or takes it back, on average; 0 for never. */
  readonly pauseEveryMs: number;
  /** What each client does, and how long it thinks before. */
  readonly acts: number;
  readonly thinkMs: number;
}

export function drawPlan(draw: Draw): Plan {
  const maybe = (probability: number, most: number) => (draw.happens(probability) ? draw.next() * most : 0);
  const faultyMs = draw.pick([15_000, 30_000, 60_000]);
  const plan = {
    leaseMs: draw.pick([4_000, 8_000, 15_000]),
    nodes: draw.whole(1, 3),
    workers: draw.whole(1, 4),
    clients: draw.whole(1, 3),
    concurrency: draw.pick([1, 2, 4, 10]),
    keepWarm: draw.pick([0, 0, 1, 3, 100]),
    leaseWaitMs: draw.pick([1_000, 5_000, 20_000]),
    drift: draw.pick([0, 0, 0.01, 0.05]),
    slowTurns: draw.pick([0, 0, 0.02, 0.1]),
    network: {
      lost: maybe(0.6, 0.15),
      doubled: maybe(0.6, 0.15),
      slow: maybe(0.6, 0.2),
      slowMs: draw.pick([100, 1_000, 5_000]),
    },
    store: {
      before: maybe(0.5, 0.1),
      after: maybe(0.5, 0.1),
      late: maybe(0.3, 0.05),
      slow: maybe(0.5, 0.1),
    },
    faults: FAULTS.filter(() => draw.happens(0.5)),
    faultEveryMs: draw.pick([1_500, 4_000, 10_000]),
    faultyMs,
    acts: draw.whole(4, 10),
    thinkMs: Math.round((faultyMs / 10) * draw.pick([0.2, 1])),
    pauseEveryMs: draw.pick([0, 0, 1_500, 5_000]),
  };
  return draw.happens(0.3) ? poisoned(plan, draw) : { ...plan, poisoned: 0, aloneWorkers: 0 };
}

/** Half of these worlds have no other trouble: what goes wrong there is the poison's doing. */
function poisoned(plan: Omit<Plan, "poisoned" | "aloneWorkers">, draw: Draw): Plan {
  const poison = { poisoned: draw.pick([0.1, 0.3]), aloneWorkers: draw.whole(1, 3) };
  if (draw.happens(0.5)) return { ...plan, ...poison };
  const network = { lost: 0, doubled: 0, slow: 0, slowMs: 0 };
  return {
    ...plan,
    ...poison,
    network,
    store: { before: 0, after: 0, late: 0, slow: 0 },
    faults: [],
    slowTurns: 0,
    drift: 0,
  };
}

/** The only trouble of this world is its poison. */
export function isPeaceful({ faults, network, store }: Plan): boolean {
  return faults.length === 0 && network.lost + store.before + store.after + store.late === 0;
}
