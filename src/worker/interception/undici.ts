/**
 * Finds what goes out through undici: Node's `fetch`, however it was got hold of, and the package of that name, any copy and
 * version of it, bundled or not, with the global dispatcher or another. `http` and `https` of Node do not go through here.
 *
 * Every copy has classes of its own, and all that they send goes through a method `dispatch`. It is replaced where it is
 * defined, on the prototypes, and not on the dispatchers: so one that is made later, set as the global one or given with a
 * single request is found as well, and the code still sees the objects that it made. Copies are found by the dispatchers that
 * they make, each of which is an event emitter, and by the one that is set for all ([why](docs/decisions/0012-interception-at-the-dispatcher.md)).
 */
import { EventEmitter } from "node:events";
import { currentEffects } from "../context.ts";
import { isRequestBody } from "./request-body.ts";
import type { Dispatch, DispatchHandler, DispatchOptions } from "./undici-dispatcher.ts";
import { requestAsEffect } from "./undici-request.ts";
import { describeUnrecorded, isUpgrade, passUnrecorded } from "./undici-unrecorded.ts";
import { findUrl } from "./undici-url.ts";

export interface UndiciInterception {
  /**
   * Looks at the global dispatcher of now. Needed only where a copy of undici was loaded before the interception began, as it
   * may be in the embedded mode; cheap enough for every start and continuation of a run's code.
   */
  ensure(): void;
  /** Puts everything back. What is under way goes on. */
  restore(): void;
}

/** Undici 8 has the second beside the first, Node 22 only the first. Both can be written to and not be redefined. */
const GLOBAL_DISPATCHERS = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

/** Where `EventEmitter` prepares a new emitter. It is looked up for each. */
interface EmitterClass {
  init: (this: object, options?: unknown) => void;
}

/** To be called before any code of users is loaded. On Bun, whose `fetch` is not undici's, it finds the package only. */
export function interceptUndici(): UndiciInterception {
  const looked = new WeakSet<object>();
  const replaced = new WeakSet<object>();
  const undo: (() => void)[] = [];
  const look = (candidate: object) => {
    const [first, ...others] = prototypesOf(candidate);
    if (first === undefined || looked.has(first)) return;
    looked.add(first);
    if (!isDispatcher(candidate)) return;
    for (const prototype of [first, ...others]) {
      if (replaced.has(prototype) || !definesDispatch(prototype)) continue;
      replaced.add(prototype);
      undo.push(replaceDispatch(prototype));
    }
  };
  const ensure = () => {
    for (const symbol of GLOBAL_DISPATCHERS) {
      const dispatcher: unknown = Reflect.get(globalThis, symbol);
      if (typeof dispatcher === "object" && dispatcher !== null) look(dispatcher);
    }
  };

  undo.push(onEveryEmitter(look));
  // Node loads its undici when one of its classes is first touched.
  void globalThis.Response;
  ensure();
  return {
    ensure,
    restore: () => {
      for (const step of undo.splice(0).reverse()) step();
    },
  };
}

function onEveryEmitter(look: (emitter: object) => void): () => void {
  const emitters = EventEmitter as unknown as EmitterClass;
  const original = emitters.init;
  function init(this: object, options?: unknown): void {
    // One look for a property is all that it costs those that are no dispatchers.
    if ("dispatch" in this) look(this);
    original.call(this, options);
  }
  emitters.init = init;
  return () => {
    if (emitters.init === init) emitters.init = original;
  };
}

function replaceDispatch(prototype: { dispatch: Dispatch }): () => void {
  const original = prototype.dispatch;
  // Two parameters: undici's `compose` counts them.
  function dispatch(this: object, opts: DispatchOptions, handler: DispatchHandler): boolean {
    const effects = currentEffects();
    if (effects === undefined || !isRequest(opts, handler)) return original.call(this, opts, handler);
    const dispatchForReal = original.bind(this);
    const url = findUrl(this, opts);
    if (url === undefined || isUpgrade(opts)) {
      return passUnrecorded(describeUnrecorded(opts, url), effects, dispatchForReal, opts, handler);
    }
    requestAsEffect({ effects, url, opts, handler, dispatch: dispatchForReal });
    return true;
  }
  prototype.dispatch = dispatch;
  return () => {
    if (prototype.dispatch === dispatch) prototype.dispatch = original;
  };
}

/** Whether undici takes it. It refuses anything else before it does something, in words of its own. */
function isRequest(opts: DispatchOptions, handler: DispatchHandler): boolean {
  return (
    typeof opts === "object" &&
    opts !== null &&
    typeof opts.path === "string" &&
    typeof opts.method === "string" &&
    isRequestBody(opts.body) &&
    typeof handler === "object" &&
    handler !== null
  );
}

/** By the methods of its classes alone: to read a property of something that is still being made may run code of its own. */
function isDispatcher(candidate: object): boolean {
  const prototypes = [...prototypesOf(candidate)];
  return ["dispatch", "close", "destroy"].every((name) =>
    prototypes.some((prototype) => typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === "function"),
  );
}

function* prototypesOf(candidate: object): Generator<object> {
  for (let at = Object.getPrototypeOf(candidate); at !== null; at = Object.getPrototypeOf(at)) yield at;
}

/** The class at the root of undici's has one without parameters, which only says that it is missing. */
function definesDispatch(prototype: object): prototype is { dispatch: Dispatch } {
  const dispatch: unknown = Object.getOwnPropertyDescriptor(prototype, "dispatch")?.value;
  return typeof dispatch === "function" && dispatch.length === 2;
}
