/**
 * Timers of code inside a run go to its effects, by whatever name they are set. Timers of other code are those of the runtime,
 * the very objects. `setImmediate`, `queueMicrotask` and `nextTick` are left alone: they wait for nothing outside.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import { currentEffects } from "../context.ts";
import { delayOf, type Warn, warnBy } from "./delays.ts";
import { replacePromisedTimers } from "./promised-timers.ts";
import { type AnyFunction, Replacements } from "./replacements.ts";
import { RunTimeout } from "./run-timeout.ts";

/** The longest delay that `AbortSignal.timeout` takes. */
const LONGEST_ABORT_MS = 2 ** 32 - 1;

/** @returns What puts everything back that nobody has replaced since. Timers that are set go on. */
export function interceptTimers(): () => void {
  const { setTimeout, clearTimeout } = globalThis;
  const warn = warnBy(setTimeout, clearTimeout);
  RunTimeout.inheritFrom(sample(setTimeout, clearTimeout));
  const replaced = new Replacements();
  for (const owner of [globalThis, timers]) {
    replaced.method(owner, "setTimeout", (original) => timerSetter(original, { isInterval: false, warn }));
    replaced.method(owner, "setInterval", (original) => timerSetter(original, { isInterval: true, warn }));
    replaced.method(owner, "clearTimeout", timerClearer);
    replaced.method(owner, "clearInterval", timerClearer);
  }
  replacePromisedTimers(replaced, warn);
  replaced.method(AbortSignal, "timeout", (original) => abortTimeout(original, warn));
  syncBuiltinESMExports();
  return () => {
    replaced.restore();
    syncBuiltinESMExports();
  };
}

function sample(setTimeout: AnyFunction, clearTimeout: AnyFunction): unknown {
  const timer: unknown = setTimeout(() => undefined, 1);
  clearTimeout(timer);
  return timer;
}

function timerSetter(
  original: AnyFunction,
  { isInterval, warn }: { readonly isInterval: boolean; readonly warn: Warn },
): AnyFunction {
  return function (callback: unknown, after?: unknown, ...args: unknown[]) {
    const effects = currentEffects();
    // What is no function is refused in Node's own words.
    if (effects === undefined || typeof callback !== "function") return original.call(this, callback, after, ...args);
    const delayMs = delayOf(after, warn);
    return new RunTimeout({ effects, callback: callback as AnyFunction, args, delayMs, isInterval });
  };
}

/** A run's timer may be cleared from anywhere. */
function timerClearer(original: AnyFunction): AnyFunction {
  return function (timer: unknown) {
    const ours = RunTimeout.isOne(timer) ? timer : RunTimeout.find(timer);
    if (ours === undefined) return original.call(this, timer);
    ours.close();
  };
}

/** As Node's, its timer does not keep anybody waiting. */
function abortTimeout(original: AnyFunction, warn: Warn): AnyFunction {
  return function (delay: unknown, ...rest: unknown[]) {
    const effects = currentEffects();
    const isValid = Number.isInteger(delay) && (delay as number) >= 0 && (delay as number) <= LONGEST_ABORT_MS;
    if (effects === undefined || !isValid) return original.call(this, delay, ...rest);
    const controller = new AbortController();
    const fire = () => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    effects.timer({ delayMs: delayOf(delay, warn), isInterval: false, fire: AsyncLocalStorage.bind(fire) }).hold(false);
    return controller.signal;
  };
}
