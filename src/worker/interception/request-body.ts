/**
 * Bodies of requests, in the forms that undici takes, read whole: an effect is a request with its body.
 */
import { PassThrough, Readable } from "node:stream";

/** More than that is not kept in memory, in bytes. */
export const MAX_REQUEST_BODY_BYTES = 64 * 1024 * 1024;

/** As they were before any code could replace them. */
const { Response, FormData } = globalThis;

export type RequestBody = WholeBody | LongBody;

export interface WholeBody {
  readonly isLong: false;
  readonly bytes: Uint8Array | undefined;
  /** Of forms and blobs. Undici adds it where the request has none. */
  readonly contentType?: string;
  /** The same as something that undici takes. What can be read twice is what the code gave. */
  readonly again: unknown;
}

/** Longer than may be kept. */
export interface LongBody {
  readonly isLong: true;
  readonly again: unknown;
}

/** Whether undici takes it at all; of anything else it says so itself. */
export function isRequestBody(body: unknown): boolean {
  return isAtHand(body) || isFormData(body) || body instanceof Blob || isStream(body) || isIterable(body);
}

/** Of a body that is bytes or text already. */
export function takeBody(body: unknown): RequestBody | undefined {
  if (!isAtHand(body)) return undefined;
  const bytes = toBytes(body);
  if (bytes === undefined) return { isLong: false, bytes, again: body };
  if (bytes.byteLength > MAX_REQUEST_BODY_BYTES) return { isLong: true, again: body };
  // A copy: the code may use its buffer for something else before the request leaves.
  const kept = typeof body === "string" ? bytes : Buffer.from(bytes);
  return { isLong: false, bytes: kept, again: typeof body === "string" ? body : kept };
}

/** Rejects with what the code's own stream or iterable failed with. */
export async function readBody(body: unknown): Promise<RequestBody> {
  if (isFormData(body)) return readForm(body);
  if (body instanceof Blob) return readBlob(body);
  return readChunks(isStream(body) ? toReadable(body) : (body as AsyncIterable<unknown>));
}

/** Ends the stream of a request that nobody wants any more. */
export function giveUpBody(body: unknown, reason: unknown): void {
  if (isStream(body) && "destroy" in body && typeof body.destroy === "function") body.destroy(reason);
}

type BytesAtHand = null | undefined | string | ArrayBuffer | ArrayBufferView;

function isAtHand(body: unknown): body is BytesAtHand {
  return (
    body === undefined ||
    body === null ||
    typeof body === "string" ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  );
}

function toBytes(body: BytesAtHand): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof ArrayBuffer) return Buffer.from(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

async function readBlob(blob: Blob): Promise<RequestBody> {
  if (blob.size > MAX_REQUEST_BODY_BYTES) return { isLong: true, again: blob };
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { isLong: false, bytes, again: blob, ...(blob.type === "" ? {} : { contentType: blob.type }) };
}

/** Undici writes the form itself when it is sent, between boundaries of its own choice. */
async function readForm(form: FormData): Promise<RequestBody> {
  // One of our own: the code's may be of a copy of undici that ours does not know.
  const copy = new FormData();
  let size = 0;
  for (const [name, entry] of form as Iterable<[string, string | Blob]>) {
    size += typeof entry === "string" ? entry.length : entry.size;
    if (typeof entry === "string") copy.append(name, entry);
    else copy.append(name, entry, "name" in entry ? String(entry.name) : undefined);
  }
  if (size > MAX_REQUEST_BODY_BYTES) return { isLong: true, again: form };
  const written = new Response(copy);
  const contentType = written.headers.get("content-type") ?? "multipart/form-data";
  return { isLong: false, bytes: new Uint8Array(await written.arrayBuffer()), contentType, again: form };
}

async function readChunks(source: AsyncIterable<unknown> | Iterable<unknown>): Promise<RequestBody> {
  const rest = iterate(source);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    chunks.push(next.value);
    size += next.value.byteLength;
    if (size > MAX_REQUEST_BODY_BYTES) return { isLong: true, again: concatenate(chunks, rest) };
  }
  const bytes = Buffer.concat(chunks, size);
  return { isLong: false, bytes, again: bytes };
}

async function* iterate(source: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield toChunk(chunk);
}

async function* concatenate(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

function toChunk(chunk: unknown): Uint8Array {
  // A copy: who makes the chunks may use one buffer for all of them.
  if (typeof chunk === "string" || chunk instanceof Uint8Array) return Buffer.from(chunk);
  if (isAtHand(chunk)) return toBytes(chunk) ?? Buffer.alloc(0);
  throw new TypeError(`A chunk of a request's body is neither text nor bytes, but of type ${typeof chunk}.`);
}

/** Streams of before Node 0.10, which the package `form-data` still makes, know `pipe` only. */
function toReadable(stream: NodeJS.ReadableStream): AsyncIterable<unknown> {
  if (stream instanceof Readable || Symbol.asyncIterator in stream) return stream;
  const through = new PassThrough();
  (stream as NodeJS.ReadableStream).on("error", (error) => through.destroy(error));
  return (stream as NodeJS.ReadableStream).pipe(through);
}

function isStream(body: unknown): body is NodeJS.ReadableStream {
  return has(body, "pipe") && has(body, "on");
}

function isFormData(body: unknown): body is FormData {
  return (
    has(body, "append") &&
    has(body, "getAll") &&
    (body as Partial<FormData & object>)[Symbol.toStringTag] === "FormData"
  );
}

function isIterable(body: unknown): boolean {
  return has(body, Symbol.asyncIterator) || has(body, Symbol.iterator);
}

function has(body: unknown, method: PropertyKey): boolean {
  return (
    typeof body === "object" && body !== null && typeof (body as Record<PropertyKey, unknown>)[method] === "function"
  );
}
