import { createTimerHeap } from "../timer-heap.ts";
import { createDraw, type Draw } from "./draw.ts";
import { createLog, type SimLog } from "./log.ts";

/**
 * True time, and what happens in it. Events come one at a time, each followed by whatever its promises set off; of those
 * that fall on one millisecond the seed draws the order.
 *
 * The real event loop serves only to drain promises: Node does so between any two callbacks of `setImmediate`, and several
 * of them share one pass of the loop, which makes an event cost a microsecond.
 */
export interface World {
  readonly draw: Draw;
  readonly log: SimLog;
  /** Milliseconds since the beginning. */
  readonly elapsed: number;
  /** Events so far: the order of everything. */
  readonly events: number;
  /** @returns Calls it off. */
  after(delayMs: number, action: () => void): () => void;
  /** A line of the log. */
  note(who: string, what: string): void;
  /** Lets events happen until `isOver`, or nothing is left, or one of them throws. */
  run(isOver: () => boolean): Promise<void>;
}

const EVENTS_PER_PASS = 32;

export function createWorld(seed: number, isLogKept: boolean): World {
  const draw = createDraw(seed);
  const order = draw.fork();
  const log = createLog(isLogKept);
  const heap = createTimerHeap();
  let elapsed = 0;
  let events = 0;

  function happen(): boolean {
    const next = heap.pop();
    if (next === undefined) return false;
    elapsed = Math.max(elapsed, Math.floor(next.at));
    events += 1;
    next.action();
    return true;
  }

  return {
    draw,
    log,
    get elapsed() {
      return elapsed;
    },
    get events() {
      return events;
    },
    // The part behind the point is no time: it is the lot by which events of one millisecond are ordered.
    after: (delayMs, action) => heap.push(elapsed + Math.max(0, Math.ceil(delayMs)) + order.next(), action),
    note: (who, what) => log.add(`${elapsed} ${who} ${what}`),
    run: (isOver) => {
      let hasEnded = false;
      return new Promise((resolve, reject) => {
        function pass(): void {
          for (let i = 1; i <= EVENTS_PER_PASS; i++) setImmediate(step, i === EVENTS_PER_PASS);
        }
        function step(isLast: boolean): void {
          if (hasEnded) return;
          try {
            hasEnded = isOver() || !happen();
            if (hasEnded) resolve();
          } catch (error) {
            hasEnded = true;
            reject(error);
          }
          if (isLast && !hasEnded) pass();
        }
        pass();
      });
    },
  };
}
