import type { Env, Timer } from "../core/env.ts";

/** Timers that end together. */
export class Timers {
  readonly #env: Env;
  #set: Timer[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  set(delayMs: number, action: () => void): void {
    this.#set.push(this.#env.timer(delayMs, action));
  }

  clear(): void {
    for (const timer of this.#set) timer.clear();
    this.#set = [];
  }
}
