import { matchesPattern } from "./pattern.ts";

/** Scheme, host, port, path. A path needs a scheme before it, and has neither query nor fragment. */
const FORM = /^(?:(?:(https?|\*):\/\/)?([\w.*-]+|\[[\da-f:.*]+\])(?::([\d*]+))?)(\/[!"$->@-~]*)?$/i;
const USUAL_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

/** Each part is compared with the same part of a URL alone, so that no `*` reaches from a host into a path. */
interface UrlPattern {
  readonly scheme: string;
  readonly host: string;
  /** Empty for the usual one of the scheme. */
  readonly port: string;
  readonly path: string;
}

/** Whether `matchesUrl` can make anything of it. */
export function isUrlPattern(text: string): boolean {
  return read(text) !== undefined;
}

/**
 * Whether `pattern` names the address of `url`. In each part of a pattern `*` stands for any text, also for none. The query of
 * the URL counts for nothing.
 *
 * - A host, `otel.example.com` or `*.example.com`: over `http` and `https`, on any port, whatever the path. With a port,
 *   `localhost:4318`, on that one alone.
 * - An origin, `https://otel.example.com`: this scheme (`*://` for either) and this host, on the usual port of the scheme unless
 *   another is named (`:*` for any), whatever the path.
 * - A prefix, `https://example.com/v1/traces`: an origin with a path, which is the URL's own or ends where a segment of that ends.
 *   So it matches `/v1/traces` and `/v1/traces/today`, and not `/v1/traces2`.
 *
 * Capitals make no difference in scheme and host. A path is written as it is sent: `%20`, not a space.
 */
export function matchesUrl({ protocol, hostname, port, pathname }: URL, pattern: string): boolean {
  const wanted = read(pattern);
  if (wanted === undefined) return false;
  const scheme = protocol.slice(0, -1);
  return (
    matchesPattern(scheme, wanted.scheme) &&
    matchesPattern(hostname, wanted.host) &&
    (wanted.port === "" ? port === "" : matchesPattern(port || (USUAL_PORTS[scheme] ?? ""), wanted.port)) &&
    (matchesPattern(pathname, wanted.path) || matchesPattern(pathname, `${wanted.path.replace(/\/$/, "")}/*`))
  );
}

function read(pattern: string): UrlPattern | undefined {
  const [, scheme, host, port, path] = FORM.exec(pattern) ?? [];
  if (host === undefined || (scheme === undefined && path !== undefined)) return undefined;
  return {
    scheme: scheme?.toLowerCase() ?? "*",
    host: host.toLowerCase(),
    port: port ?? (scheme === undefined ? "*" : ""),
    path: path ?? "/",
  };
}
