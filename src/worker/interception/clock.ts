/**
 * Clock reads of code inside a run are answered by its effects; other code reads the real clocks. `performance.timeOrigin`
 * stays, and so does what the runtime measures by itself: marks, measures, resource timing.
 */
import { syncBuiltinESMExports } from "node:module";
import { currentEffects } from "../context.ts";
import { type AnyFunction, Replacements } from "./replacements.ts";

const NANOSECONDS_OF_A_SECOND = 1e9;

/** @returns What puts everything back that nobody has replaced since. */
export function interceptClock(): () => void {
  const replaced = new Replacements();
  replaceDate(replaced);
  replaceDateFormat(replaced);
  replaced.methodOf(performance, "now", performanceNow);
  replaced.method(process.hrtime, "bigint", hrtimeBigint);
  replaced.method(process, "hrtime", hrtime);
  syncBuiltinESMExports();
  return () => {
    replaced.restore();
    syncBuiltinESMExports();
  };
}

/**
 * A proxy, so that everything but the reads is the original's: its prototype, which dates made before and by the runtime
 * have too, its static functions, classes that extend it. Making a date by way of it takes a tenth longer.
 */
function replaceDate(replaced: Replacements): void {
  const original = globalThis.Date;
  const ours: DateConstructor = new Proxy(original, {
    apply(target, thisArg, args) {
      const effects = currentEffects();
      return effects === undefined ? Reflect.apply(target, thisArg, args) : new target(effects.now()).toString();
    },
    construct(target, args, newTarget) {
      const effects = args.length === 0 ? currentEffects() : undefined;
      const given = effects === undefined ? args : [effects.now()];
      return Reflect.construct(target, given, newTarget === ours ? target : newTarget);
    },
  });
  replaced.method(original, "now", dateNow);
  replaced.property(original.prototype, "constructor", { value: ours, writable: true });
  replaced.property(globalThis, "Date", { value: ours, writable: true });
}

function dateNow(original: AnyFunction): AnyFunction {
  return function () {
    return currentEffects()?.now() ?? original.call(this);
  };
}

/** Without a date, a format takes the time from the runtime itself. Each format has one function, which is kept as long as it. */
function replaceDateFormat(replaced: Replacements): void {
  const { prototype } = Intl.DateTimeFormat;
  const getFormat = Object.getOwnPropertyDescriptor(prototype, "format")?.get;
  const formats = new WeakMap<AnyFunction, AnyFunction>();
  if (getFormat !== undefined)
    replaced.property(prototype, "format", {
      get(this: Intl.DateTimeFormat) {
        const original = getFormat.call(this) as AnyFunction;
        const ours = formats.get(original) ?? withDate(original);
        formats.set(original, ours);
        return ours;
      },
    });
  replaced.method(prototype, "formatToParts", withDate);
}

function withDate(original: AnyFunction): AnyFunction {
  return function (date?: unknown) {
    return original.call(this, date === undefined ? currentEffects()?.now() : date);
  };
}

function performanceNow(original: AnyFunction): AnyFunction {
  return function () {
    const effects = this === performance ? currentEffects() : undefined;
    return effects === undefined ? original.call(this) : effects.monotonic();
  };
}

type Hrtime = readonly [seconds: number, nanoseconds: number];

/** A difference is taken as Node takes it; what is none, Node refuses in its own words. */
function hrtime(original: AnyFunction): AnyFunction {
  return function (before?: unknown) {
    const effects = currentEffects();
    if (effects === undefined || !isHrtime(before)) return original.call(this, before);
    const [seconds, nanoseconds] = split(microseconds(effects.monotonic()));
    if (before === undefined) return [seconds, nanoseconds];
    const rest = nanoseconds - before[1];
    return rest < 0 ? [seconds - before[0] - 1, rest + NANOSECONDS_OF_A_SECOND] : [seconds - before[0], rest];
  };
}

function hrtimeBigint(original: AnyFunction): AnyFunction {
  return function () {
    const effects = currentEffects();
    return effects === undefined ? original.call(this) : BigInt(microseconds(effects.monotonic())) * 1000n;
  };
}

function isHrtime(candidate: unknown): candidate is Hrtime | undefined {
  return candidate === undefined || (Array.isArray(candidate) && candidate.length === 2);
}

/** Three decimals of a millisecond are all that is kept of a monotonic read. */
function microseconds(ms: number): number {
  return Math.round(ms * 1000);
}

function split(microseconds: number): Hrtime {
  const seconds = Math.floor(microseconds / 1e6);
  return [seconds, (microseconds - seconds * 1e6) * 1000];
}
