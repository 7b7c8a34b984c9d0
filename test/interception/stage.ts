import { inScope, type WorkerScope } from "../../src/worker/context.ts";
import type { Effects, RunTimer, TimerRequest } from "../../src/worker/effects/effects.ts";

/** A timer of the stage, and what its run said of it. */
interface StageTimer extends TimerRequest {
  dueAt: number;
  doesHold: boolean;
  isCleared: boolean;
}

/** Effects of a run whose time goes on when the test says so, and whose chance counts. */
export class Stage implements Effects {
  readonly timers: StageTimer[] = [];
  wall = Date.UTC(2001, 1, 3, 4, 5, 6, 789);
  passedMs = 0;
  drawn = 0;

  /** Runs code as that of the run. */
  run<Result>(code: () => Result): Result {
    return inScope({ effects: this } as unknown as WorkerScope, code);
  }

  /** The timers that are still to fire. */
  get waiting(): StageTimer[] {
    return this.timers.filter(({ isCleared }) => !isCleared);
  }

  /** Lets time pass, and fires what is due in the meantime. */
  pass(ms: number): void {
    const until = this.passedMs + ms;
    for (;;) {
      const [next] = this.waiting.toSorted((a, b) => a.dueAt - b.dueAt);
      if (next === undefined || next.dueAt > until) break;
      this.passedMs = next.dueAt;
      next.dueAt += next.delayMs;
      next.isCleared = !next.isInterval;
      next.fire();
    }
    this.passedMs = until;
  }

  /** The same, and then lets promises settle. */
  async go(ms: number): Promise<void> {
    this.pass(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  timer(request: TimerRequest): RunTimer {
    const timer: StageTimer = {
      ...request,
      dueAt: this.passedMs + request.delayMs,
      doesHold: true,
      isCleared: false,
    };
    this.timers.push(timer);
    return {
      clear: () => {
        timer.isCleared = true;
      },
      hold: (doesHold) => {
        timer.doesHold = doesHold;
      },
    };
  }

  now(): number {
    return this.wall + Math.floor(this.passedMs);
  }

  monotonic(): number {
    return 1_000.125 + this.passedMs;
  }

  random(): number {
    this.drawn += 1;
    return this.drawn / 1024;
  }

  /** Bytes that count from where the last ended. */
  randomBytes(length: number): Uint8Array {
    const bytes = Uint8Array.from({ length }, (_, index) => this.drawn + index);
    this.drawn += length;
    return bytes;
  }

  request(): never {
    throw new Error("No request is made on this stage.");
  }

  unrecorded(): never {
    throw new Error("Nothing unrecorded is done on this stage.");
  }
}
