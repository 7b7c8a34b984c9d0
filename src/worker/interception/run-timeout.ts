import { AsyncLocalStorage } from "node:async_hooks";
import type { Effects, RunTimer } from "../effects/effects.ts";
import type { AnyFunction } from "./replacements.ts";

/** Node counts its ids up from 1. */
const FIRST_ID = 2 ** 40;

/** Timers whose id somebody has asked for, by that id as text. */
const known = new Map<string, RunTimeout>();
let lastId = FIRST_ID;

export interface TimeoutRequest {
  readonly effects: Effects;
  readonly callback: AnyFunction;
  /** Passed to the callback. */
  readonly args: readonly unknown[];
  readonly delayMs: number;
  readonly isInterval: boolean;
}

/** What `setTimeout` and `setInterval` return inside a run: Node's `Timeout`, as far as it is documented. */
export class RunTimeout {
  readonly #request: TimeoutRequest;
  readonly #inContext = AsyncLocalStorage.snapshot();
  /** Absent once it has fired or was cleared. */
  #timer: RunTimer | undefined;
  #isClosed = false;
  #doesHold = true;
  #id: number | undefined;

  constructor(request: TimeoutRequest) {
    this.#request = request;
    this.#timer = this.#start();
  }

  /** Makes these timers instances of whatever class this runtime's own timer is. */
  static inheritFrom(timer: unknown): void {
    if (typeof timer === "object") Object.setPrototypeOf(RunTimeout.prototype, Object.getPrototypeOf(timer));
  }

  static isOne(candidate: unknown): candidate is RunTimeout {
    return typeof candidate === "object" && candidate !== null && #request in candidate;
  }

  /** The timer with this id, as a number or as text. */
  static find(id: unknown): RunTimeout | undefined {
    return typeof id === "number" || typeof id === "string" ? known.get(String(id)) : undefined;
  }

  ref(): this {
    return this.#hold(true);
  }

  unref(): this {
    return this.#hold(false);
  }

  hasRef(): boolean {
    return this.#doesHold;
  }

  /** Begins its delay anew, also after it has fired; not once it was cleared. */
  refresh(): this {
    if (this.#isClosed) return this;
    this.#timer?.clear();
    this.#timer = this.#start();
    return this;
  }

  close(): this {
    this.#isClosed = true;
    this.#timer?.clear();
    this.#end();
    return this;
  }

  [Symbol.toPrimitive](): number {
    if (this.#id === undefined) {
      lastId += 1;
      this.#id = lastId;
    }
    if (this.#timer !== undefined) known.set(String(this.#id), this);
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #start(): RunTimer {
    const { effects, delayMs, isInterval } = this.#request;
    const timer = effects.timer({ delayMs, isInterval, fire: () => this.#inContext(() => this.#fire()) });
    if (!this.#doesHold) timer.hold(false);
    return timer;
  }

  #fire(): void {
    const { callback, args, isInterval } = this.#request;
    if (!isInterval) this.#timer = undefined;
    try {
      Reflect.apply(callback, this, args);
    } catch (error) {
      // It is nobody's but the code's: uncaught, as if the runtime had called it, and not thrown into who fires the timers.
      queueMicrotask(() => {
        throw error;
      });
    }
    // The callback may have begun it anew.
    if (this.#timer === undefined) this.#end();
  }

  #end(): void {
    this.#timer = undefined;
    if (this.#id !== undefined) known.delete(String(this.#id));
  }

  #hold(doesHold: boolean): this {
    this.#doesHold = doesHold;
    this.#timer?.hold(doesHold);
    return this;
  }
}
