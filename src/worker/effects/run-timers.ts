import { timerIdentity } from "../../core/entry.ts";
import type { Timer } from "../../core/env.ts";
import type { Ask } from "../ask.ts";
import type { Execution } from "../execution.ts";
import type { RunTimer, TimerRequest } from "./effects.ts";

/**
 * The timers of one execution's code. Their firing has a place among the results of the run, and in a replay they fire at once;
 * one that had not fired when its process ended is set anew with its whole delay, since most guard something that is begun
 * anew as well.
 */
export class RunTimers {
  readonly #execution: Execution;
  /** Set for real. */
  readonly #set = new Map<object, Timer>();
  readonly #held = new Set<object>();

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** None is set that keeps the run from parking. */
  get areIdle(): boolean {
    return this.#held.size === 0;
  }

  set({ delayMs, isInterval, fire }: TimerRequest): RunTimer {
    const { journal, deps } = this.#execution;
    const token = {};
    let isCleared = false;
    let holds = true;
    const ask: Ask = {
      kind: "timer",
      identity: timerIdentity(delayMs, isInterval),
      begin: (key) => {
        if (isCleared) return;
        if (holds) this.#held.add(token);
        this.#set.set(
          token,
          deps.env.timer(delayMs, () => this.#whenDue(holds, () => fired(key))),
        );
      },
      deliver: ({ key }) => ring(key),
    };
    const fired = (key: string) => {
      if (!isCleared) journal.recordLazily({ kind: "timer", key, outcome: "completed" }, () => ring(key));
    };
    const ring = (key: string) => {
      this.#forget(token);
      if (isCleared) return;
      // Before the callback, which may clear it: as the timers of the runtime do.
      if (isInterval) journal.askAgain(key, ask);
      fire();
    };
    this.#execution.ask(ask);
    return {
      clear: () => {
        isCleared = true;
        journal.withdraw(ask);
        this.#forget(token);
        this.#execution.changed();
      },
      hold: (doesHold) => {
        holds = doesHold;
        if (!doesHold) this.#held.delete(token);
        else if (this.#set.has(token)) this.#held.add(token);
        this.#execution.changed();
      },
    };
  }

  /** Ends all of them. */
  clear(): void {
    for (const timer of this.#set.values()) timer.clear();
    this.#set.clear();
    this.#held.clear();
  }

  /** A timer that does not keep a run from parking does not take a parked one back either: it fires when the run goes on. */
  #whenDue(holds: boolean, fire: () => void): void {
    const { parking, isParked, isClosed } = this.#execution;
    if (isParked && !holds && !isClosed) parking.whenBack(fire);
    else this.#execution.whenLeased(fire);
  }

  #forget(token: object): void {
    this.#set.get(token)?.clear();
    this.#set.delete(token);
    this.#held.delete(token);
  }
}
