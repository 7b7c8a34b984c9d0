import { perdureError } from "../core/errors.ts";

/** An SMTP server and how to log in. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** Nothing is said before the connection is encrypted. */
  readonly requireTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

const PORTS: Readonly<Record<string, number>> = { "smtps:": 465, "smtp:": 587 };
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * The server that a URL names: `smtps://user:password@host:465`, or `smtp://…`, where encryption is agreed upon first. A password
 * never travels unencrypted, but to this machine.
 *
 * @param variable - Where it was found, for an error; the URL itself is in none.
 * @throws {PerdureError} `VARIABLE_INVALID`.
 */
export function mailServer(text: string, variable: string): MailServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const port = PORTS[url?.protocol ?? ""];
  if (
    url === undefined ||
    port === undefined ||
    url.hostname === "" ||
    url.search !== "" ||
    !/^\/?$/.test(url.pathname)
  ) {
    const problem = "it must be smtps://user:password@host:port or smtp://…, special characters escaped with %";
    throw perdureError("VARIABLE_INVALID", { variable, problem });
  }
  const { hostname, username, password } = url;
  const secure = url.protocol === "smtps:";
  return {
    host: hostname.replaceAll(/[[\]]/g, ""),
    port: url.port === "" ? port : Number(url.port),
    secure,
    requireTLS: !secure && username !== "" && !LOOPBACK.test(hostname),
    ...(username === "" ? {} : { auth: { user: decode(username, variable), pass: decode(password, variable) } }),
  };
}

function decode(part: string, variable: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw perdureError("VARIABLE_INVALID", { variable, problem: "a % in it is no escape; write %25" });
  }
}
