import { type Env, sleep } from "../core/env.ts";
import {
  ERRORS,
  type ErrorCode,
  isPerdureError,
  type PerdureError,
  perdureError,
  recalledError,
} from "../core/errors.ts";
import type { ClientCalls } from "./client-calls.ts";
import { type ErrorBody, OWN_MEDIA_TYPE, ROUTES } from "./routes.ts";

export interface HttpClientOptions {
  /** Where the node listens, such as `http://127.0.0.1:3400`. */
  readonly url: string;
  /** A secret key, or a public token, which may do less. */
  readonly secretKey: string;
  readonly env: Env;
  /** Default: the runtime's own. */
  readonly fetch?: typeof fetch;
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const LAST_PAUSE_MS = 3_000;
/** How long a call waits for its turn where the node says that we ask too often. */
const PATIENCE_MS = 60_000;
/** A node may ask for no longer pause than this. */
const LONGEST_PAUSE_MS = 30_000;

/** Of a node that is overloaded, starting, stopping or not heard. Every call may be sent twice. */
const WORTH_REPEATING: ReadonlySet<number> = new Set([429, 503]);

/**
 * The calls of a node that is reached over HTTP. A call that gets no answer is sent again, five times in all: runs and batches are
 * named by us, so nothing is done twice. One that comes too early for the node's limits is sent again when the node says so, for a
 * minute.
 *
 * Every call may throw `SERVER_UNREACHABLE` when no answer came, `SECRET_KEY_WRONG`, and what the node refuses, with its code.
 */
export function createHttpClient(options: HttpClientOptions): ClientCalls {
  const names = Object.keys(ROUTES) as (keyof ClientCalls)[];
  const calls = names.map((name) => [name, (input: object) => send(name, input as Fields, options)]);
  return Object.fromEntries(calls) as unknown as ClientCalls;
}

type Fields = Readonly<Record<string, unknown>>;

async function send(name: keyof ClientCalls, input: Fields, options: HttpClientOptions): Promise<unknown> {
  const { env } = options;
  const patientUntil = env.monotonic() + PATIENCE_MS;
  for (let attempt = 1, refused = 0; ; ) {
    const sent = await sendOnce(name, input, options);
    if ("answer" in sent) return sent.answer;
    const { error, pauseMs = 0 } = sent;
    const isTooEarly = isPerdureError(error, "RATE_LIMITED");
    const isOver = isTooEarly ? env.monotonic() >= patientUntil : attempt === ATTEMPTS || !isWorthRepeating(error);
    if (isOver) throw error;
    const growingMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (isTooEarly ? refused++ : attempt++ - 1));
    await sleep(env, pauseMs + growingMs * (0.5 + env.random() / 2));
  }
}

type Sent = { readonly answer: unknown } | { readonly error: PerdureError; readonly pauseMs?: number };

function isWorthRepeating({ code, status }: { readonly code: ErrorCode; readonly status: number }): boolean {
  return code !== "SERVER_REFUSED" && WORTH_REPEATING.has(status);
}

async function sendOnce(name: keyof ClientCalls, input: Fields, options: HttpClientOptions): Promise<Sent> {
  const { method } = ROUTES[name];
  const url = urlOf(name, input, options.url);
  const headers = { authorization: `Bearer ${options.secretKey}`, accept: OWN_MEDIA_TYPE };
  const request =
    method === "GET"
      ? { method, headers }
      : { method, headers: { ...headers, "content-type": OWN_MEDIA_TYPE }, body: JSON.stringify(input) };
  let response: Response;
  let text: string;
  try {
    response = await (options.fetch ?? fetch)(url, request);
    text = await response.text();
  } catch (error) {
    const details = { url: options.url, problem: problemOf(error) };
    return { error: perdureError("SERVER_UNREACHABLE", details, { cause: error }) };
  }
  const body = parse(text);
  if (response.ok && body !== undefined) return { answer: body };
  const seconds = Number(response.headers.get("retry-after") ?? 0);
  const pauseMs = Number.isFinite(seconds) ? Math.min(LONGEST_PAUSE_MS, Math.max(0, seconds * 1_000)) : 0;
  return { error: refusal(body, response.status, options.url), pauseMs };
}

/** Fields that the path names go there as well, where people and proxies read them. */
function urlOf(name: keyof ClientCalls, input: Fields, base: string): string {
  const { method, path } = ROUTES[name];
  const filled = path.replace(/:(\w+)/g, (_, field: string) => encodeURIComponent(nameIn(input, field)));
  const query = method === "GET" ? `?input=${encodeURIComponent(JSON.stringify(input))}` : "";
  return `${base.replace(/\/+$/, "")}${filled}${query}`;
}

/** A batch of several tasks is named by its first. */
function nameIn(input: Fields, field: string): string {
  const { requests } = input as { readonly requests?: readonly Fields[] };
  return String(input[field] ?? requests?.[0]?.[field] ?? "");
}

function refusal(body: unknown, status: number, url: string): PerdureError {
  const { error, code } = (body ?? {}) as Partial<ErrorBody>;
  if (typeof error !== "string")
    return perdureError("SERVER_UNREACHABLE", {
      url,
      problem: `it answered ${status} with something other than JSON of ours`,
    });
  if (typeof code === "string" && code in ERRORS) return recalledError(code as ErrorCode, error);
  return perdureError("SERVER_REFUSED", { url, problem: error });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What `fetch` throws says "fetch failed"; why is in its cause. */
function problemOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: unknown; readonly cause?: unknown };
  const { code, message: inner } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return [message, code ?? inner].filter((part) => typeof part === "string").join(": ") || String(error);
}
