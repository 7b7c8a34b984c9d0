/**
 * Finds what cannot be recorded at its entry: functions and classes of the platform that act outward and are neither HTTP nor timers. The
 * run whose code calls one is told once, and then it happens as ever.
 *
 * What counts is what the code of users and of their packages calls. Node's own modules call the same functions: `tls.connect` makes a
 * TCP connection, `fs.rm` removes file by file and long after it was called, `require` reads a file. Such a call belongs to the one that
 * led to it, and is told apart by whose function called: no counter would see what follows in a later turn, and a mark of the
 * asynchronous context would stick to the listeners of a socket.
 */
import http2 from "node:http2";
import { syncBuiltinESMExports } from "node:module";
import { getCallSites, promisify } from "node:util";
import { currentEffects } from "../context.ts";
import type { Effects, UnrecordedEffect } from "../effects/effects.ts";
import { connectionActs, sessionActs } from "./connection-acts.ts";
import { fileActs } from "./file-acts.ts";
import type { OutwardAct } from "./outward-act.ts";
import { processActs } from "./process-acts.ts";

type Call = (this: unknown, ...args: unknown[]) => unknown;
type Class = new (...args: unknown[]) => object;

let isInstalled = false;

/** Replaces them in this process, for all who import them from here on or have imported them by name. To be called before user code loads. */
export function interceptUnrecorded(): void {
  if (isInstalled) return;
  isInstalled = true;
  interceptSessions();
  for (const act of [...fileActs(), ...connectionActs(), ...processActs()]) replace(act);
  syncBuiltinESMExports();
}

function interceptSessions(): void {
  const { connect } = http2;
  let isSeen = false;
  const watched: Call = function (...args) {
    const session = (connect as Call).apply(this, args) as object;
    if (!isSeen) sessionActs(session).forEach(replace);
    isSeen = true;
    return session;
  };
  http2.connect = likeness(watched, connect as Call) as typeof connect;
}

/** Versions of Node differ in what they have; what is not there cannot be called. */
function replace(act: OutwardAct): void {
  const { owner, name } = act;
  if (Reflect.get(owner, name) === undefined) return;
  // A method that is inherited gets its replacement where the act begins.
  const before = Object.getOwnPropertyDescriptor(owner, name) ?? { value: Reflect.get(owner, name), writable: true };
  const { get, value, enumerable = false } = before;
  if (get === undefined) {
    const replaced = replacement(value, act);
    Object.defineProperty(owner, name, { value: replaced, enumerable, writable: true, configurable: true });
    return;
  }
  let replaced: unknown;
  Object.defineProperty(owner, name, {
    get: () => (replaced ??= replacement(get.call(owner), act)),
    set: (other: unknown) => {
      replaced = other;
    },
    enumerable,
    configurable: true,
  });
}

function replacement(original: unknown, act: OutwardAct): unknown {
  if (act.form === "class") return replacedClass(original as Class, act);
  return replacedFunction(original as Call, act);
}

function replacedFunction(original: Call, act: OutwardAct): Call {
  const replaced: Call = function (...args) {
    const effects = currentEffects();
    if (effects === undefined || isActing) return original.apply(this, args);
    let isTold: boolean;
    try {
      isTold = tell(effects, act, args, this, replaced);
    } catch (refusal) {
      if (act.form === "promising function") return Promise.reject(refusal);
      throw refusal;
    }
    if (!isTold) return original.apply(this, args);
    const result = acting(() => original.apply(this, args));
    remember(act.opens?.(result, this), effects);
    return result;
  };
  return likeness(replaced, original, act);
}

/** A proxy: whoever extends the class, or asks whether something is of it, must see no difference. */
function replacedClass(original: Class, act: OutwardAct): Class {
  const create = (args: unknown[], make: () => object, above: object): object => {
    const effects = currentEffects();
    if (effects === undefined || isActing || !tell(effects, act, args, undefined, above)) return make();
    const made = acting(make);
    remember(act.opens?.(made, undefined), effects);
    return made;
  };
  const handler: ProxyHandler<Class> = {
    construct: function construct(target, args: unknown[], newTarget) {
      return create(args, () => Reflect.construct(target, args, newTarget) as object, construct);
    },
    // The classes of file streams are functions that may be called without `new`.
    apply: function apply(target, self, args: unknown[]) {
      return create(args, () => Reflect.apply(target as unknown as Call, self, args) as object, apply);
    },
  };
  return new Proxy(original, handler);
}

/** Gives `replaced` the name, the length and whatever else `original` carries, its own form for `promisify` among it. */
function likeness(replaced: Call, original: Call, act?: OutwardAct): Call {
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key) as PropertyDescriptor;
    const isPromising = key === promisify.custom && act !== undefined;
    Reflect.defineProperty(replaced, key, isPromising ? { value: promisingForm(replaced, original, act) } : descriptor);
  }
  return replaced;
}

/** That form is its own form. */
function promisingForm(replaced: Call, original: Call, act: OutwardAct): Call {
  const promising = Reflect.get(original, promisify.custom) as Call;
  return promising === original ? replaced : replacedFunction(promising, { ...act, form: "promising function" });
}

/** A runtime that does not show its own functions in a stack does not say who calls either: what it does at once is told apart by this. */
let isActing = false;

function acting<Result>(original: () => Result): Result {
  isActing = true;
  try {
    return original();
  } finally {
    isActing = false;
  }
}

/** Of which runs is known that they act through it. */
const known = new WeakMap<object, WeakSet<Effects>>();

function remember(handles: readonly unknown[] = [], effects: Effects): void {
  for (const handle of handles) {
    if (typeof handle !== "object" || handle === null) continue;
    const runs = known.get(handle) ?? new WeakSet();
    known.set(handle, runs.add(effects));
  }
}

/**
 * @param above - The function of ours that was called: its caller made the call.
 * @returns Whether the run knows of this act.
 * @throws {PerdureError} `EFFECT_REFUSED` under `strict`.
 */
function tell(effects: Effects, act: OutwardAct, args: readonly unknown[], self: unknown, above: object): boolean {
  const handle = act.through?.(args, self);
  if (typeof handle === "object" && handle !== null && known.get(handle)?.has(effects)) return true;
  if (act.isOutward?.(args, self) === false || !isCalledByUser()) return false;
  effects.unrecorded(effectOf(act, args, self, above));
  return true;
}

function effectOf(
  { kind, what }: OutwardAct,
  args: readonly unknown[],
  self: unknown,
  above: object,
): UnrecordedEffect {
  return {
    kind,
    get what() {
      // What was given may be anything; that it is no file and no address is for the original to say.
      try {
        return what(args, self);
      } catch {
        return kind;
      }
    },
    get stack() {
      return stackBelow(above);
    },
  };
}

/** Between the entry of a driver and the code that called it lies more than the ten frames that a stack has by default. */
const FRAMES = 50;

function stackBelow(above: object): string {
  const holder: { stack?: unknown } = {};
  const { stackTraceLimit } = Error;
  // Programs may have frozen it.
  Reflect.set(Error, "stackTraceLimit", FRAMES);
  Error.captureStackTrace(holder, above as () => void);
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  return String(holder.stack);
}

/** Modules of Node that call whatever function they were given: the call is that of whoever gave it. */
const GO_BETWEENS =
  /^(?:node:(?:internal\/(?:util|event_target|timers|process\/|streams\/|async_local_storage\/|promises)|events|timers|async_hooks|diagnostics_channel)|native$|$)/;
/** As Node and Bun call what is their own. */
const OWN = /^(?:node|bun|internal):/;
const LOADER = /^(?:node:)?internal[/:]modules\//;

/** Neither Node itself nor code that is just being loaded, which every process that continues the run loads again. */
function isCalledByUser(): boolean {
  const scripts = getCallSites(FRAMES).map(({ scriptName }) => scriptName);
  const callers = scripts.slice(scripts.findIndex((script) => script !== scripts[0]));
  const caller = callers.find((script) => !GO_BETWEENS.test(script));
  return (caller === undefined || !OWN.test(caller)) && !callers.some((script) => LOADER.test(script));
}
