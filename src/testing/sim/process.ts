import type { Env, Timer } from "../../core/env.ts";
import type { World } from "./world.ts";

/** The instant at which simulations begin. */
export const START = Date.UTC(2030, 0, 1);

/** A process of the simulated world: its own clocks and chance, and the faults that befall it as a whole. */
export interface SimProcess {
  readonly name: string;
  readonly env: Env;
  readonly isAlive: boolean;
  readonly isPaused: boolean;
  /** Does something in this process: at once, when its pause is over, or never when it is dead. */
  enter(action: () => void): void;
  /** Something is about to leave. False when the process is dead, or dies of this very word. */
  leave(): boolean;
  /** Like `kill -9`: nothing that it set or awaits ever comes back, nothing leaves. */
  kill(): void;
  /** Dies once it has said this many words more. */
  killAfter(words: number): void;
  /** Its timers and messages stand still, then go on in their order. */
  pause(ms: number): void;
  resume(): void;
  /** Sets its wall clock; the monotonic one does not notice. */
  jump(ms: number): void;
}

export interface ProcessOptions {
  /** How much faster its clocks go than time: 0.05 gains three seconds in a minute. */
  readonly drift?: number;
  /** Turns of its event loop that take a while. */
  readonly slowTurns?: number;
}

const LONGEST_SLOW_TURN_MS = 30;

export function createProcess(
  world: World,
  name: string,
  { drift = 0, slowTurns = 0 }: ProcessOptions = {},
): SimProcess {
  const draw = world.draw.fork();
  const rate = 1 + drift;
  const bornAt = world.elapsed;
  const turns: (() => void)[] = [];
  /** What came while it stood still, or while it catches up. */
  const backlog: (() => void)[] = [];
  let state: "running" | "paused" | "catching up" = "running";
  let pauses = 0;
  let wallOffset = 0;
  let isAlive = true;
  let wordsLeft = Number.POSITIVE_INFINITY;

  const monotonic = () => (world.elapsed - bornAt) * rate;

  function enter(action: () => void): void {
    if (!isAlive) return;
    if (state === "running") action();
    else backlog.push(action);
  }

  function kill(): void {
    if (!isAlive) return;
    isAlive = false;
    world.note(name, "is killed");
  }

  function awaitTurn(): void {
    world.after(draw.happens(slowTurns) ? draw.whole(1, LONGEST_SLOW_TURN_MS) : 0, () => enter(takeTurn));
  }

  function takeTurn(): void {
    const action = turns.shift();
    if (turns.length > 0) awaitTurn();
    action?.();
  }

  function resume(): void {
    if (state !== "paused") return;
    world.note(name, `goes on with ${backlog.length} missed`);
    state = "catching up";
    catchUp();
  }

  /** One at a time, with its promises between; what comes meanwhile waits behind. */
  function catchUp(): void {
    const action = backlog.shift();
    if (action === undefined || !isAlive) {
      state = "running";
      return;
    }
    action();
    world.after(0, catchUp);
  }

  function timer(delayMs: number, action: () => void): Timer {
    let isCleared = false;
    const call = () => {
      if (!isCleared) action();
    };
    const callOff = world.after(Math.max(0, delayMs) / rate, () => enter(call));
    return {
      clear() {
        isCleared = true;
        callOff();
      },
    };
  }

  return {
    name,
    env: {
      now: () => Math.floor(START + bornAt + wallOffset + monotonic()),
      monotonic,
      random: draw.next,
      randomBytes: draw.bytes,
      timer,
      turn(action) {
        turns.push(action);
        if (turns.length === 1) awaitTurn();
      },
    },
    get isAlive() {
      return isAlive;
    },
    get isPaused() {
      return state !== "running";
    },
    enter,
    leave() {
      if (isAlive && wordsLeft-- <= 0) kill();
      return isAlive;
    },
    kill,
    killAfter(words) {
      wordsLeft = words;
    },
    pause(ms) {
      if (state !== "running" || !isAlive) return;
      state = "paused";
      const pause = ++pauses;
      world.note(name, `stands still for ${ms} ms`);
      world.after(ms, () => {
        if (pause === pauses) resume();
      });
    },
    resume,
    jump(ms) {
      wallOffset += ms;
      world.note(name, `sets its clock by ${ms} ms`);
    },
  };
}
