import { addAbortListener } from "node:events";
import timersPromises from "node:timers/promises";
import { currentEffects } from "../context.ts";
import type { RunTimer } from "../effects/effects.ts";
import { delayOf, type Warn } from "./delays.ts";
import type { AnyFunction, Replacements } from "./replacements.ts";

interface Options {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

/** Rejects with Node's own `AbortError`, of a signal that is aborted. */
type Refuse = (signal: AbortSignal) => Promise<unknown>;

/** The functions of `node:timers/promises`, which are also what `util.promisify` makes of those of `node:timers`. */
export function replacePromisedTimers(replaced: Replacements, warn: Warn): void {
  const { setTimeout: original, scheduler } = timersPromises;
  const refuse: Refuse = (signal) => original(1, undefined, { signal });
  replaced.method(timersPromises, "setTimeout", (original) => promisedTimeout(original, refuse, warn));
  replaced.method(timersPromises, "setInterval", (original) => promisedInterval(original, refuse, warn));
  replaced.methodOf(scheduler, "wait", schedulerWait);
}

/** What this cannot take, Node refuses in its own words, without a timer. */
function promisedTimeout(original: AnyFunction, refuse: Refuse, warn: Warn): AnyFunction {
  return function (after?: unknown, value?: unknown, options?: unknown) {
    const effects = currentEffects();
    const valid = validOptions(after, options);
    if (effects === undefined || valid === undefined || valid.signal?.aborted)
      return original.call(this, after, value, options);
    const { signal, ref = true } = valid;
    const delayMs = delayOf(after, warn);
    return new Promise((resolve, reject) => {
      const timer = effects.timer({ delayMs, isInterval: false, fire: () => end(() => resolve(value)) });
      if (!ref) timer.hold(false);
      const listening = signal === undefined ? undefined : addAbortListener(signal, () => end(() => abort(signal)));

      function end(settle: () => void): void {
        timer.clear();
        listening?.[Symbol.dispose]();
        settle();
      }

      function abort(signal: AbortSignal): void {
        refuse(signal).catch(reject);
      }
    });
  };
}

/** The timer is set when the first value is asked for, as Node's, and belongs to who asks. */
function promisedInterval(original: AnyFunction, refuse: Refuse, warn: Warn): AnyFunction {
  return function (after?: unknown, value?: unknown, options?: unknown) {
    const valid = validOptions(after, options);
    if (currentEffects() === undefined || valid === undefined) return original.call(this, after, value, options);
    return tick(after, value, valid);
  };

  async function* tick(after: unknown, value: unknown, options: Options): AsyncGenerator<unknown> {
    const effects = currentEffects();
    const { signal, ref = true } = options;
    if (effects === undefined || signal?.aborted) return yield* original(after, value, options);
    let due = 0;
    let wake: (() => void) | undefined;
    const timer: RunTimer = effects.timer({
      delayMs: delayOf(after, warn),
      isInterval: true,
      fire: () => {
        due += 1;
        wake?.();
      },
    });
    if (!ref) timer.hold(false);
    const listening = signal === undefined ? undefined : addAbortListener(signal, stop);
    try {
      while (!signal?.aborted) {
        if (due === 0) await new Promise<void>((resolve) => (wake = resolve));
        for (; due > 0; due -= 1) yield value;
      }
      await refuse(signal);
    } finally {
      timer.clear();
      listening?.[Symbol.dispose]();
    }

    function stop(): void {
      timer.clear();
      wake?.();
    }
  }
}

function schedulerWait(original: AnyFunction): AnyFunction {
  return function (delay?: unknown, options?: unknown) {
    if (currentEffects() === undefined || this !== timersPromises.scheduler) return original.call(this, delay, options);
    return timersPromises.setTimeout(delay as number, undefined, options as Options);
  };
}

/** The options of a call that Node would take; `undefined` for one that it would refuse. */
function validOptions(after: unknown, options: unknown = {}): Options | undefined {
  if (after !== undefined && typeof after !== "number") return undefined;
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined;
  const { signal, ref } = options as Record<string, unknown>;
  const isSignal = typeof signal === "object" && signal !== null && "aborted" in signal;
  if ((signal !== undefined && !isSignal) || (ref !== undefined && typeof ref !== "boolean")) return undefined;
  return options;
}
