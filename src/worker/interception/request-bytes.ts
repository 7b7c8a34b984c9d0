/** The head of a request as it would go over the wire. */
export interface WireHead {
  /** Name, value, name, value, …, with those that Node added. */
  readonly headers: readonly string[];
}

const END_OF_HEAD = "\r\n\r\n";
const CRLF = "\r\n";

/**
 * Reads what a `ClientRequest` writes to its connection: head, body without its framing, trailers.
 *
 * Wrapping `write` and `end` instead would have to repeat what Node knows of their argument forms, encodings, errors and of
 * headers that are added late. What reaches the connection has all of that behind it.
 */
export class RequestReader {
  #head: WireHead | undefined;
  /** Bytes that do not make a whole head, size or trailer line yet. */
  #pending: Buffer = Buffer.alloc(0);
  #isChunked = false;
  /** Of the chunk that is being read, with the line break that follows it. */
  #leftOfChunk = 0;
  #isInTrailers = false;
  #parts: Buffer[] = [];
  #length = 0;
  #trailers: [string, string][] = [];

  get head(): WireHead | undefined {
    return this.#head;
  }

  /** Of the body, as far as it was read and not taken. */
  get length(): number {
    return this.#length;
  }

  get trailers(): readonly [string, string][] {
    return this.#trailers;
  }

  read(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    if (this.#head === undefined && !this.#readHead()) return;
    if (this.#isChunked) this.#readChunks();
    else this.#keep(this.#take(this.#pending.length));
  }

  /** The body so far, which is forgotten here. */
  takeBody(): Buffer {
    const [only] = this.#parts;
    const body = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    return body;
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf(END_OF_HEAD);
    if (end < 0) return false;
    const text = this.#take(end + END_OF_HEAD.length).toString("latin1", 0, end);
    const headers = text.split(CRLF).slice(1).flatMap(readField);
    this.#head = { headers };
    // The same test by which Node decides whether it writes chunks.
    this.#isChunked = valuesOf(headers, "transfer-encoding").some((value) => /(?:^|\W)chunked(?:$|\W)/i.test(value));
    return true;
  }

  #readChunks(): void {
    while (this.#pending.length > 0) {
      if (this.#leftOfChunk > 0) {
        this.#readChunk();
        continue;
      }
      const line = this.#takeLine();
      if (line === undefined) return;
      if (this.#isInTrailers) {
        if (line !== "") this.#trailers.push(readField(line));
      } else {
        const size = Number.parseInt(line, 16);
        this.#isInTrailers = size === 0;
        this.#leftOfChunk = size === 0 ? 0 : size + CRLF.length;
      }
    }
  }

  #readChunk(): void {
    const bytes = this.#take(Math.min(this.#leftOfChunk, this.#pending.length));
    const ofBody = Math.min(bytes.length, Math.max(this.#leftOfChunk - CRLF.length, 0));
    this.#leftOfChunk -= bytes.length;
    this.#keep(bytes.subarray(0, ofBody));
  }

  #takeLine(): string | undefined {
    const end = this.#pending.indexOf(CRLF);
    return end < 0 ? undefined : this.#take(end + CRLF.length).toString("latin1", 0, end);
  }

  #take(length: number): Buffer {
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return taken;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

/** Node writes `name: value`. */
function readField(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 2)];
}

/** The values of a header, by its name in small letters. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  return headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name);
}
