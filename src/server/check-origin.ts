import { perdureError } from "../core/errors.ts";

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses a request for a host name that is not ours: a name that was pointed at this machine to get around the browser's rules.
 *
 * @param hosts - Names under which we are reached beside the loopback ones, without port; `*` for any.
 * @throws {PerdureError} `HOST_REFUSED`.
 */
export function checkHost(host: string, hosts: readonly string[]): void {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  const isNamed = hosts.some((known) => known === "*" || known.toLowerCase() === name);
  if (!LOOPBACK.has(name) && !isNamed) throw perdureError("HOST_REFUSED", { host });
}

/** True of what the page of another origin may have sent. Browsers name the origin, others have none. */
export function isForeign(origin: string | undefined, host: string): boolean {
  return origin !== undefined && hostOf(origin) !== host.toLowerCase();
}

/** An opaque origin (`null`) has none. */
function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
