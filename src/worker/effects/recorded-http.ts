/** How a request and what came back are kept in entries: as text, which the code's client hears again in a replay. */
import { isUtf8 } from "node:buffer";
import type { Entry } from "../../core/entry.ts";
import type { OutgoingRequest, ResponseHead } from "./effects.ts";
import { type RecordedError, recallError, recordError } from "./recorded-error.ts";

/** What stands first in `request` and `head` entries, so that equal requests are told apart without reading the whole. */
const TIE = /^\{"tie":"([\w-]*)"/;

/** Of entries of the kinds `request` and `head`. */
export function tieOf({ result }: Pick<Entry, "result">): string | undefined {
  return result === undefined ? undefined : TIE.exec(result)?.[1];
}

/** Of the kind `sent`, and what all others begin with; the query of an address may hold secrets and says little. */
export interface RecordedRequest {
  readonly tie: string;
  readonly method: string;
  readonly url: string;
}

interface RecordedHead extends RecordedRequest, ResponseHead {}

interface RecordedResponse extends RecordedHead {
  readonly body: string;
}

interface RecordedRejection extends RecordedRequest {
  readonly error: RecordedError;
}

export function describeRequest({ method, url }: OutgoingRequest, tie: string): RecordedRequest {
  const { origin, pathname } = new URL(url);
  return { tie, method, url: origin + pathname };
}

export function writeHead(request: RecordedRequest, { status, statusText, headers }: ResponseHead): string {
  return JSON.stringify({ ...request, status, statusText, headers } satisfies RecordedHead);
}

export function writeResponse(request: RecordedRequest, head: ResponseHead, body: Uint8Array): string {
  const { status, statusText, headers } = head;
  return JSON.stringify({ ...request, status, statusText, headers, body: textOf(body) } satisfies RecordedResponse);
}

export function writeRejection(request: RecordedRequest, error: Error): string {
  return JSON.stringify({ ...request, error: recordError(error) } satisfies RecordedRejection);
}

export function readHead(text: string): ResponseHead {
  return JSON.parse(text) as RecordedHead;
}

export function readResponse(text: string): { readonly head: ResponseHead; readonly body: Uint8Array } {
  const response = JSON.parse(text) as RecordedResponse;
  return { head: response, body: bytesOf(response.body) };
}

export function readRejection(text: string): Error {
  return recallError((JSON.parse(text) as RecordedRejection).error);
}

export function writeChunks(chunks: readonly Uint8Array[]): string {
  return JSON.stringify(chunks.map(textOf));
}

export function readChunks(text: string): readonly Uint8Array[] {
  return (JSON.parse(text) as readonly string[]).map(bytesOf);
}

/** The end of a body: that the code gave it up, or with what error the transport did. */
export type BodyEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "given-up" }
  | { readonly kind: "cut"; readonly error: Error };

export function writeEnd(end: BodyEnd): string {
  return JSON.stringify(end.kind === "cut" ? { kind: end.kind, error: recordError(end.error) } : end);
}

export function readEnd(text: string): BodyEnd {
  const end = JSON.parse(text) as { kind: BodyEnd["kind"]; error: RecordedError };
  return end.kind === "cut" ? { kind: "cut", error: recallError(end.error) } : { kind: end.kind };
}

/** Bytes that are text are kept as text, which is shorter and can be read; a letter before says which. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? `t${buffer.toString("utf8")}` : `b${buffer.toString("base64")}`;
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text.slice(1), text.startsWith("t") ? "utf8" : "base64");
}
