/**
 * What undici does for a run and nobody can record, above all connections that it hands over to the code (WebSocket, CONNECT).
 * It is done outside of the run all the same: a connection of undici's pool belongs to whoever comes next, and must not
 * remember a run.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import { outsideRuns } from "../context.ts";
import type { Effects } from "../effects/effects.ts";
import { stackOfCaller } from "./stack-of-caller.ts";
import type { Dispatch, DispatchHandler, DispatchOptions } from "./undici-dispatcher.ts";

export function isUpgrade({ method, upgrade }: DispatchOptions): boolean {
  return method === "CONNECT" || Boolean(upgrade);
}

/** For people. Without path and query, which may hold a secret. */
export function describeUnrecorded({ method, upgrade }: DispatchOptions, url: string | undefined): string {
  if (url === undefined) return "an HTTP request by a dispatcher of undici that does not say where it goes";
  const host = URL.canParse(url) ? new URL(url).host : url;
  if (upgrade === "websocket") return `a WebSocket to ${host}`;
  return method === "CONNECT" ? `an HTTP CONNECT to ${host}` : `an HTTP upgrade at ${host}`;
}

/**
 * @param what - For people.
 * @throws {PerdureError} `EFFECT_REFUSED` under `strict`.
 */
export function passUnrecorded(
  what: string,
  effects: Effects,
  dispatch: OmitThisParameter<Dispatch>,
  opts: DispatchOptions,
  handler: DispatchHandler,
): boolean {
  effects.unrecorded({ kind: "an HTTP connection", what, stack: stackOfCaller(passUnrecorded) });
  const bound = bindToContext(handler);
  return outsideRuns(() => dispatch(opts, bound));
}

/** Its methods are called in the context of now, and so are the listeners of a socket that it is given. */
function bindToContext(handler: DispatchHandler): DispatchHandler {
  const inContext = AsyncLocalStorage.snapshot();
  return new Proxy(handler, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== "function") return method;
      return (...parameters: unknown[]) => {
        if (name === "onUpgrade" || name === "onRequestUpgrade") emitIn(inContext, parameters.at(-1) as EventEmitter);
        return inContext(() => Reflect.apply(method, target, parameters));
      };
    },
  });
}

function emitIn(inContext: <Result>(code: () => Result) => Result, socket: EventEmitter): void {
  const { emit } = socket;
  socket.emit = (...parameters) => inContext(() => Reflect.apply(emit, socket, parameters));
}
