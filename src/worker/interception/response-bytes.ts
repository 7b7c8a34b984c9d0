import type { ResponseHead } from "../effects/effects.ts";
import { valuesOf } from "./request-bytes.ts";

/**
 * How a reader of HTTP/1.1 knows where a body ends: there is none, its last chunk, its length, or the end of the connection.
 */
export type Framing = "none" | "chunked" | "length" | "until-close";

/** What the headers of a response promise of its body: the bytes that follow must keep it, or the client refuses them. */
export function framingOf(method: string, { status, headers }: ResponseHead): Framing {
  if (method === "HEAD" || status === 204 || status === 304) return "none";
  const codings = valuesOf(headers, "transfer-encoding");
  if (codings.length > 0) return /(?:^|,)\s*chunked\s*$/i.test(codings.join(",")) ? "chunked" : "until-close";
  return valuesOf(headers, "content-length").length > 0 ? "length" : "until-close";
}

/** The length that a body has by its head. */
export function promisedLength({ headers }: ResponseHead): number {
  return Number(valuesOf(headers, "content-length")[0]);
}

export function headBytes({ status, statusText, headers }: ResponseHead): Buffer {
  const fields = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ""}`] : []));
  return Buffer.from([`HTTP/1.1 ${status} ${statusText}`, ...fields, "", ""].join("\r\n"), "latin1");
}

export function chunkBytes(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

/** In one piece: there is a client that looks for it at the end of what it hears. */
export const LAST_CHUNK = Buffer.from("0\r\n\r\n");

export const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");
