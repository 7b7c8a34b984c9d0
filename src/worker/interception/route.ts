import type { Agent, ClientRequest, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HttpCall } from "./http-call.ts";

/**
 * Options by which a call gets its connection from `open` instead of from its agent. The request keeps the agent that it would
 * have, and what follows from it for its headers and its timeout.
 */
export function routeTo(open: (options: RequestOptions) => Duplex, call: HttpCall): RequestOptions {
  const agent = agentOf(call);
  if (agent === undefined) return { createConnection: open };
  // Node refuses it with an error of its own.
  if (typeof (agent as { addRequest?: unknown }).addRequest !== "function") return {};
  const addRequest = (request: ClientRequest, options: RequestOptions) => {
    Object.assign(request, { agent });
    const timeout = options.timeout ?? (agent as { options?: RequestOptions }).options?.timeout;
    request.onSocket(open({ ...options, timeout }) as Socket);
  };
  // Getters are called on the agent itself: those of subclasses may look at private fields.
  const standIn = new Proxy(agent, {
    get: (target, key) => (key === "addRequest" ? addRequest : Reflect.get(target, key, target)),
  });
  return { agent: standIn };
}

/** @returns Undefined where the call makes its connection without one. */
function agentOf({ options, usualAgent }: HttpCall): Agent | undefined {
  const { agent, createConnection } = options;
  if (agent === false) return Reflect.construct(usualAgent.constructor, []) as Agent;
  if (agent !== undefined && agent !== null) return agent as Agent;
  return typeof createConnection === "function" ? undefined : usualAgent;
}
