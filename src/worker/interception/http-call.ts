import type { Agent, ClientRequest, RequestOptions } from "node:http";
import { urlToHttpOptions } from "node:url";

/** Makes a request as Node's own function does that was there before ours. */
export type MakeRequest = (options: RequestOptions, listener: unknown) => ClientRequest;

/** What one of Node's functions, `request`, `get` or the constructor, was called with, as one set of options. */
export interface HttpCall {
  readonly options: RequestOptions;
  /** Of `response`. Whether it is a function is checked by Node. */
  readonly listener: unknown;
  readonly make: MakeRequest;
  /** Of calls that name none. */
  readonly usualAgent: Agent;
  /** Has the stack of whoever made the call. */
  readonly calledAt: { readonly stack?: string };
}

/**
 * Reads the argument forms of `request`: `(url, options, listener)`, each of the three optional.
 *
 * @throws {TypeError} `ERR_INVALID_URL`, as Node does.
 */
export function readArguments(args: readonly unknown[]): Pick<HttpCall, "options" | "listener"> {
  const [first] = args;
  const fromUrl =
    typeof first === "string"
      ? urlToHttpOptions(new URL(first))
      : isUrl(first)
        ? urlToHttpOptions(first as URL)
        : undefined;
  const [second, third] = fromUrl === undefined ? args : args.slice(1);
  const isListener = typeof second === "function";
  // Without a prototype, so that what somebody put on Object.prototype is no option.
  const options: RequestOptions = Object.assign(Object.create(null), fromUrl, isListener ? undefined : second);
  return { options, listener: isListener ? second : third };
}

/** Node's own test, which also accepts the URL of another implementation. */
function isUrl(value: unknown): boolean {
  const url = value as { href?: unknown; protocol?: unknown; auth?: unknown; path?: unknown } | null | undefined;
  return Boolean(url?.href && url.protocol && url.auth === undefined && url.path === undefined);
}

/** Whether the connection shall become something other than HTTP, so that there is no response to record. */
export function asksForTunnel({ method, headers }: RequestOptions): boolean {
  if (typeof method === "string" && method.toUpperCase() === "CONNECT") return true;
  return headerNames(headers).some((name) => name.toLowerCase() === "upgrade");
}

/** Headers are an object, pairs, or a flat list; what is none of them is refused by Node. */
function headerNames(headers: unknown): string[] {
  if (headers === null || typeof headers !== "object") return [];
  if (!Array.isArray(headers)) return Object.keys(headers);
  const names = Array.isArray(headers[0])
    ? headers.map((pair) => (pair as unknown[])[0])
    : headers.filter((_, index) => index % 2 === 0);
  return names.map(String);
}

/** Where a request goes, with the defaults filled in by Node. */
export interface Destination {
  readonly host: string;
  readonly port: number | string;
  readonly socketPath: string | undefined;
}

/** The absolute address of a request. That of a Unix socket reads `http://unix:/its/path:/the/path`. */
export function urlOf(request: ClientRequest, { host, port, socketPath }: Destination): string {
  // A request for a proxy names its target itself.
  if (/^https?:\/\//i.test(request.path)) return request.path;
  const path = request.path.startsWith("/") ? request.path : `/${request.path}`;
  if (socketPath) return `${request.protocol}//unix:${socketPath}:${path}`;
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const isUsual = Number(port) === (request.protocol === "https:" ? 443 : 80);
  return `${request.protocol}//${name}${isUsual ? "" : `:${port}`}${path}`;
}
