import type { Env, Timer } from "../core/env.ts";
import { createChance } from "./chance.ts";
import { createTimerHeap } from "./timer-heap.ts";

export interface VirtualEnvOptions {
  /** What the wall clock shows at first, epoch milliseconds. */
  readonly start?: number;
  /** The same seed, the same chance. */
  readonly seed?: number;
}

/**
 * A world in which time passes only when it is told to. Between two timers everything that is ready runs to its end,
 * promises and turns, so that the same program takes the same course each time: timers by time, then in the order in which
 * they were set.
 */
export interface VirtualEnv extends Env {
  /** Lets this much time pass, firing what falls due. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until no timer is left. @throws after `limitMs` (default ten years), for a program that never rests. */
  runUntilIdle(limitMs?: number): Promise<void>;
  /** Lets time pass until `promise` settles, and settles as it does. @throws when nothing is left that could settle it. */
  runUntil<Result>(promise: Promise<Result>): Promise<Result>;
  /** Runs what is ready now; no time passes. */
  settle(): Promise<void>;
  /** Sets the wall clock forward or back; the monotonic one and the timers do not notice. */
  jump(ms: number): void;
  /** How long until the next timer fires; absent when none is set. */
  readonly nextTimerIn: number | undefined;
  /** Timers that are set. */
  readonly timers: number;
}

const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1_000;

/**
 * A loop that waits for an instant would never end where time stands still: after so many looks at the clock with nothing in
 * between, each such number of looks takes a millisecond.
 */
const LOOKS_PER_MS = 10_000;

/** Passes of the event loop without a sign of work, after which nothing is ready any more. */
const QUIET_PASSES = 3;

export function createVirtualEnv({ start = Date.UTC(2026, 0, 1), seed = 1 }: VirtualEnvOptions = {}): VirtualEnv {
  const chance = createChance(seed);
  const heap = createTimerHeap();
  let wall = start;
  let elapsed = 0;
  let turns: (() => void)[] = [];
  /** Counts turns and due timers: what shows that something is still going on. */
  let activity = 0;
  let isPumping = false;
  let looks = 0;
  let looksSince = 0;

  function look(): void {
    if (activity !== looksSince) looks = 0;
    looksSince = activity;
    looks++;
    if (looks % LOOKS_PER_MS !== 0) return;
    wall += 1;
    elapsed += 1;
  }

  function pump(): void {
    if (isPumping) return;
    isPumping = true;
    setImmediate(() => {
      isPumping = false;
      const batch = turns;
      turns = [];
      for (const action of batch) runAlone(action);
      if (turns.length > 0) pump();
    });
  }

  /** As in the event loop, an action that throws does not take the others of its turn with it. */
  function runAlone(action: () => void): void {
    activity += 1;
    try {
      action();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_PASSES; ) {
      const before = activity;
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (fireNext(elapsed) || activity !== before || turns.length > 0) quiet = 0;
      else quiet += 1;
    }
  }

  function fireNext(until: number): boolean {
    const next = heap.peek();
    if (next === undefined || next.at > until) return false;
    heap.pop();
    wall += Math.max(0, next.at - elapsed);
    elapsed = Math.max(elapsed, next.at);
    runAlone(next.action);
    return true;
  }

  async function advance(ms: number): Promise<void> {
    const until = elapsed + ms;
    await settle();
    while (fireNext(until)) await settle();
    wall += until - elapsed;
    elapsed = until;
  }

  return {
    now() {
      look();
      return wall;
    },
    monotonic() {
      look();
      return elapsed;
    },
    random: chance.next,
    randomBytes: chance.bytes,
    timer(delayMs, action): Timer {
      const clear = heap.push(elapsed + Math.max(0, Math.ceil(delayMs)), action);
      return { clear };
    },
    turn(action) {
      turns.push(action);
      pump();
    },
    advance,
    settle,
    jump(ms) {
      wall += ms;
    },
    async runUntilIdle(limitMs = TEN_YEARS_MS) {
      const until = elapsed + limitMs;
      await settle();
      while (fireNext(until)) await settle();
      if (heap.size() > 0) throw new Error(`The program was not idle after ${limitMs} ms of virtual time.`);
    },
    async runUntil(promise) {
      let isSettled = false;
      const done = () => {
        isSettled = true;
      };
      promise.then(done, done);
      await settle();
      while (!isSettled) {
        if (!fireNext(Number.POSITIVE_INFINITY)) throw new Error("Nothing is left that could settle the promise.");
        await settle();
      }
      return promise;
    },
    get nextTimerIn() {
      const next = heap.peek();
      return next === undefined ? undefined : Math.max(0, next.at - elapsed);
    },
    get timers() {
      return heap.size();
    },
  };
}
