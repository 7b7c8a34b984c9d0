import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import { createHttpClient } from "../protocol/http-client.ts";
import { createAsyncScope } from "./async-scope.ts";
import { createWebEnv } from "./env.ts";
import type { Client } from "./host.ts";

export interface ConfigureOptions {
  /** Where Perdure listens, such as `https://jobs.example.com`. Default: `PERDURE_API_URL`, then `TRIGGER_API_URL`. */
  baseURL?: string;
  /** Default: `PERDURE_SECRET_KEY`, then `TRIGGER_SECRET_KEY`. Belongs on servers, never in a page. */
  secretKey?: string;
  /** A public token in place of a secret key: what a page has. Default: `PERDURE_ACCESS_TOKEN`, then `TRIGGER_ACCESS_TOKEN`. */
  accessToken?: string;
}

let configured: ConfigureOptions = {};
let made: { readonly baseURL: string; readonly credential: string; readonly client: Client } | undefined;
const scope = createAsyncScope<{ readonly options: ConfigureOptions; readonly client: Client }>();

/**
 * Says which Perdure `trigger()` and `runs` speak to over HTTP, where none runs in this process.
 *
 * @throws {PerdureError} `OPTION_INVALID` for a base URL that is none.
 */
export function configure(options: ConfigureOptions): void {
  if (options.baseURL !== undefined) checkUrl(options.baseURL, "configure()");
  configured = { ...options };
}

/** The node that was configured, by code or by environment variables; `undefined` when none was. */
export function remoteClient(): Client | undefined {
  const found = settingsOf(configured);
  if (found === undefined) return undefined;
  const { baseURL, credential } = found;
  if (made?.baseURL === baseURL && made.credential === credential) return made.client;
  made = { baseURL, credential, client: createClient(baseURL, credential) };
  return made.client;
}

/** The node of the `auth.withAuth()` that the caller is in. It goes before any other. */
export function scopedClient(): Client | undefined {
  return scope.current()?.client;
}

/**
 * Calls `fn` with this configuration; what it does not say is as it was.
 *
 * @throws {PerdureError} `OPTION_INVALID`, `SERVER_NOT_CONFIGURED`.
 */
export async function withConfiguration<Result>(options: ConfigureOptions, fn: () => Promise<Result>): Promise<Result> {
  const before = scope.current()?.options ?? configured;
  const { secretKey: _key, accessToken: _token, ...place } = before;
  // One credential stands for the other: a token must not lose against the key from outside.
  const isNew = options.secretKey !== undefined || options.accessToken !== undefined;
  const merged: ConfigureOptions = { ...(isNew ? place : before), ...options };
  const found = settingsOf(merged);
  if (found === undefined) throw perdureError("SERVER_NOT_CONFIGURED");
  return scope.run({ options: merged, client: createClient(found.baseURL, found.credential) }, fn);
}

function settingsOf(options: ConfigureOptions): { readonly baseURL: string; readonly credential: string } | undefined {
  const baseURL = options.baseURL ?? variable("API_URL");
  const credential = options.secretKey ?? options.accessToken ?? variable("SECRET_KEY") ?? variable("ACCESS_TOKEN");
  return baseURL === undefined || credential === undefined ? undefined : { baseURL, credential };
}

function createClient(baseURL: string, credential: string): Client {
  checkUrl(baseURL, "PERDURE_API_URL");
  const env = createWebEnv();
  const calls = createHttpClient({ url: baseURL, secretKey: credential, env });
  return { calls, newId: (kind) => createId(kind, env) };
}

/** Ours, then that of Trigger.dev's SDK. An empty variable is one that was not set. Runtimes without `process` have none. */
function variable(name: string): string | undefined {
  const { process } = globalThis as { readonly process?: { readonly env?: Record<string, string | undefined> } };
  return process?.env?.[`PERDURE_${name}`] || process?.env?.[`TRIGGER_${name}`] || undefined;
}

function checkUrl(url: string, what: string): void {
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: undefined };
  if (protocol === "http:" || protocol === "https:") return;
  throw perdureError("OPTION_INVALID", { what, problem: `${url} is not the URL of a server` });
}
