import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import { createHttpClient } from "../protocol/http-client.ts";
import { createWebEnv } from "./env.ts";
import type { Client } from "./host.ts";

export interface ConfigureOptions {
  /** Where Perdure listens, such as `https://jobs.example.com`. Default: `PERDURE_API_URL`, then `TRIGGER_API_URL`. */
  baseURL?: string;
  /** Default: `PERDURE_SECRET_KEY`, then `TRIGGER_SECRET_KEY`. Belongs on servers, never in a page. */
  secretKey?: string;
}

let configured: ConfigureOptions = {};
let made: { readonly baseURL: string; readonly secretKey: string; readonly client: Client } | undefined;

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
  const baseURL = configured.baseURL ?? variable("PERDURE_API_URL") ?? variable("TRIGGER_API_URL");
  const secretKey = configured.secretKey ?? variable("PERDURE_SECRET_KEY") ?? variable("TRIGGER_SECRET_KEY");
  if (baseURL === undefined || secretKey === undefined) return undefined;
  if (made?.baseURL === baseURL && made.secretKey === secretKey) return made.client;
  checkUrl(baseURL, "PERDURE_API_URL");
  const env = createWebEnv();
  const calls = createHttpClient({ url: baseURL, secretKey, env });
  made = { baseURL, secretKey, client: { calls, newId: (kind) => createId(kind, env) } };
  return made.client;
}

/** An empty variable is one that was not set. Runtimes without `process` have none. */
function variable(name: string): string | undefined {
  const { process } = globalThis as { readonly process?: { readonly env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}

function checkUrl(url: string, what: string): void {
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: undefined };
  if (protocol === "http:" || protocol === "https:") return;
  throw perdureError("OPTION_INVALID", { what, problem: `${url} is not the URL of a server` });
}
