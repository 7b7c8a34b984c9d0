import { defined } from "../../src/core/defined.ts";
import { createApp } from "../../src/server/app.ts";
import { authenticate } from "../../src/server/authenticate.ts";
import { callsFor } from "../../src/server/calls-for.ts";
import { createDispatch } from "../../src/server/dispatch.ts";
import { createMonitor } from "../../src/server/monitor.ts";
import { openWorld } from "../engine/world.ts";

export const ROOT_KEY = "a-secret-key-of-tests";

export interface Asked {
  readonly method?: string;
  readonly credential?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly remote?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

/** The HTTP edge over a real engine and store in memory, on virtual time, without a network. */
export async function openApp({
  rateLimit,
  trustProxy,
}: {
  readonly rateLimit?: number | false;
  readonly trustProxy?: boolean;
} = {}) {
  const world = await openWorld({ secretKey: ROOT_KEY });
  const { env, engine } = world;
  const monitor = createMonitor({ env, engine });
  const calls = createDispatch(engine, monitor);
  const app = createApp({
    calls,
    callsFor: (caller) => callsFor(calls, engine, caller),
    authenticate: (credential, requestName) => authenticate(engine, credential, requestName),
    env,
    environmentId: engine.environmentId,
    packets: engine.packets,
    monitor,
    secretKey: ROOT_KEY,
    hosts: [],
    leaving: new AbortController().signal,
    onProblem: (error) => {
      throw error;
    },
    ...defined({ rateLimit, trustProxy }),
  });
  async function ask(path: string, asked: Asked = {}): Promise<Answered> {
    const { method = "GET", headers = {}, body, remote = "192.0.2.1" } = asked;
    const credential = "credential" in asked ? asked.credential : ROOT_KEY;
    const shown = credential === undefined ? {} : { authorization: `Bearer ${credential}` };
    const init = { method, headers: { host: "localhost", ...shown, ...headers } };
    const request = new Request(
      `http://localhost${path}`,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    const response = await app(request, remote);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      json: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  }
  return { world, calls, ask };
}
