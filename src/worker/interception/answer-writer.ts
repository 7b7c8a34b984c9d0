import type { Hearer, ResponseHead } from "../effects/effects.ts";
import type { FakeSocket } from "./fake-socket.ts";
import { chunkBytes, type Framing, framingOf, headBytes, LAST_CHUNK, promisedLength } from "./response-bytes.ts";

/**
 * Writes a response as HTTP/1.1 to the connection of a `ClientRequest`, whose own parser then makes of it what it makes of
 * every response.
 */
export class AnswerWriter implements Hearer {
  readonly #socket: FakeSocket;
  readonly #method: string;
  #framing: Framing | undefined;
  #left = 0;
  #isOver = false;

  constructor(socket: FakeSocket, method: string) {
    this.#socket = socket;
    this.#method = method;
  }

  /** Nothing more comes. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Writes no more, whatever comes. */
  stop(): void {
    this.#isOver = true;
  }

  head(head: ResponseHead): void {
    if (this.#isOver) return;
    this.#framing = framingOf(this.#method, head);
    if (this.#framing === "length") this.#left = promisedLength(head);
    this.#socket.restartIdle();
    this.#socket.receive(headBytes(head));
  }

  chunk(bytes: Uint8Array): boolean {
    if (this.#isOver || bytes.length === 0 || this.#framing === "none") return true;
    this.#left -= bytes.length;
    return this.#socket.receive(this.#framing === "chunked" ? chunkBytes(bytes) : Buffer.from(bytes));
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#framing === "chunked") this.#socket.receive(LAST_CHUNK);
    else if (this.#framing === "until-close") this.#socket.push(null);
    else if (this.#framing === "length" && this.#left > 0) this.#cut();
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#framing !== undefined && isCut(error)) this.#cut();
    // What came before the failure is heard before it, also by a client that reads slowly.
    else this.#socket.whenRead(() => this.#socket.destroy(error));
  }

  /** A connection that closes without an error: the response says so itself, with an error of its own. */
  #cut(): void {
    this.#socket.whenRead(() => this.#socket.destroy());
  }
}

/** The error of a response whose connection closed too early, as distinct from one of the connection. */
function isCut(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "ECONNRESET" && error.message === "aborted";
}
