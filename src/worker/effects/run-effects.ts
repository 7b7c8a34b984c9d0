import { type Entry, identityOf } from "../../core/entry.ts";
import type { Execution } from "../execution.ts";
import type { Effects, Exchange, RunTimer, Sending, TimerRequest, UnrecordedEffect } from "./effects.ts";
import { Requests } from "./requests.ts";
import { RunClock } from "./run-clock.ts";
import { RunTimers } from "./run-timers.ts";
import { SeededChance } from "./seeded-chance.ts";

/** The effects of one execution's code that are recorded without being asked, each by the part that knows it. */
export class RunEffects implements Effects {
  readonly requests: Requests;
  readonly timers: RunTimers;
  readonly #execution: Execution;
  readonly #clock: RunClock;
  readonly #chance: SeededChance;
  readonly #stretches = new Map<string, number>();

  constructor(execution: Execution) {
    const { run, deps } = execution;
    this.#execution = execution;
    this.requests = new Requests(execution);
    this.timers = new RunTimers(execution);
    this.#clock = new RunClock(deps.env, () => execution.journal.isLive);
    this.#chance = new SeededChance(run.seed, run.attempt);
  }

  /** Nothing of it goes on without an answer from outside. */
  get areIdle(): boolean {
    return this.requests.areIdle && this.timers.areIdle;
  }

  request(exchange: Exchange): Sending {
    return this.requests.make(exchange);
  }

  timer(request: TimerRequest): RunTimer {
    return this.timers.set(request);
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  random(): number {
    return this.#chance.number();
  }

  randomBytes(length: number): Uint8Array {
    return this.#chance.bytes(length);
  }

  unrecorded(effect: UnrecordedEffect): void {
    const { unrecorded, effectPolicy } = this.#execution;
    if (effectPolicy.mode === "strict") unrecorded.refuse(effect);
    unrecorded.note(effect);
  }

  /** The code is about to see this result, and after it what the clock showed then. */
  enter(entry: Entry | undefined, clock: readonly string[] | undefined): void {
    if (entry !== undefined) this.enterStretch(entry.key);
    this.#clock.enter(clock);
  }

  /** Each result opens a stretch of chance, named by what it is a result of and how many of that came before. */
  enterStretch(key: string): void {
    const identity = identityOf(key);
    const count = (this.#stretches.get(identity) ?? 0) + 1;
    this.#stretches.set(identity, count);
    this.#chance.moveTo(`${identity} ${count}`);
  }

  /** Reads of the clock that are to be kept with the next entry. */
  takeClock(): string | undefined {
    return this.#clock.take();
  }
}
