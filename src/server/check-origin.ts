import { perdureError } from "../core/errors.ts";

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses what a page in somebody's browser may have sent: a request for a host name that is not ours (a name that was pointed
 * at this machine to get around the browser's rules), or one that comes from the page of another origin.
 *
 * @param hosts - Names under which we are reached beside the loopback ones, without port; `*` for any.
 * @throws {PerdureError} `HOST_REFUSED`, `ORIGIN_REFUSED`.
 */
export function checkOrigin(
  headers: { readonly host?: string; readonly origin?: string },
  hosts: readonly string[],
): void {
  const { host = "", origin } = headers;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (!LOOPBACK.has(name) && !hosts.includes(name) && !hosts.includes("*"))
    throw perdureError("HOST_REFUSED", { host });
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) throw perdureError("ORIGIN_REFUSED", { origin });
}

/** An opaque origin (`null`) has none. */
function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
