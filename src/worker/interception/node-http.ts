import http, { type ClientRequest } from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { currentEffects } from "../context.ts";
import type { Effects } from "../effects/effects.ts";
import { asksForTunnel, type MakeRequest, readArguments } from "./http-call.ts";
import { makeRecordedRequest } from "./recorded-request.ts";
import { holdStackOfCaller } from "./stack-of-caller.ts";

type AnyFunction = (...args: unknown[]) => unknown;
type HttpModule = typeof http | typeof https;

/**
 * Replaces `request` and `get` of `node:http` and `node:https`, and the constructor `ClientRequest`, for every way to import
 * them. Code in a run whose effects are recorded gets requests that go through its `Effects`; all other code gets the
 * originals. A function that was taken out of the module before stays the original.
 *
 * @returns Puts the originals back.
 */
export function interceptNodeHttp(): () => void {
  const { ClientRequest } = http;
  const restoreHttp = replaceFunctions(http);
  const restoreHttps = replaceFunctions(https);
  Object.assign(http, { ClientRequest: recordingConstructor(ClientRequest) });
  syncBuiltinESMExports();
  return () => {
    restoreHttp();
    restoreHttps();
    Object.assign(http, { ClientRequest });
    syncBuiltinESMExports();
  };
}

function replaceFunctions(module: HttpModule): () => void {
  const originals = { request: module.request as AnyFunction, get: module.get as AnyFunction };
  const make: MakeRequest = (...args) => Reflect.apply(originals.request, module, args) as ClientRequest;

  function request(this: unknown, ...args: unknown[]): unknown {
    const effects = currentEffects();
    if (effects === undefined) return Reflect.apply(originals.request, this, args);
    return makeRequest(module, make, args, effects, request);
  }

  function get(this: unknown, ...args: unknown[]): unknown {
    const effects = currentEffects();
    if (effects === undefined) return Reflect.apply(originals.get, this, args);
    const made = makeRequest(module, make, args, effects, get);
    made.end();
    return made;
  }

  Object.assign(module, { request, get });
  return () => void Object.assign(module, originals);
}

/** Looks like the class itself, also for `instanceof`, subclasses, and those who patch its prototype. */
function recordingConstructor(original: typeof ClientRequest): typeof ClientRequest {
  const recording: typeof ClientRequest = new Proxy(original, {
    construct(target, args, newTarget) {
      const effects = currentEffects();
      // By itself the class speaks plain HTTP, unless it is handed an agent.
      if (effects === undefined) return Reflect.construct(target, args, newTarget);
      const make: MakeRequest = (...made) => Reflect.construct(target, made, newTarget);
      return makeRequest(http, make, args, effects, recording);
    },
  });
  return recording;
}

function makeRequest(
  module: HttpModule,
  make: MakeRequest,
  args: unknown[],
  effects: Effects,
  calledBy: unknown,
): ClientRequest {
  const { options, listener } = readArguments(args);
  const calledAt = holdStackOfCaller(calledBy as AnyFunction);
  if (asksForTunnel(options)) {
    const { method = "GET", host, hostname = host } = options;
    effects.unrecorded({
      kind: "a change of protocol",
      what: `a change of protocol, ${method} ${hostname}`,
      stack: calledAt.stack ?? "",
    });
    return make(options, listener);
  }
  const { _defaultAgent: given } = options as { _defaultAgent?: typeof module.globalAgent };
  const usualAgent = module === http ? (given ?? http.globalAgent) : module.globalAgent;
  return makeRecordedRequest({ options, listener, make, usualAgent, calledAt }, effects);
}
