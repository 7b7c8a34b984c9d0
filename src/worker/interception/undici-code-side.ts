/**
 * Whoever asked undici for a response: its handler, in either style, told what a `Hearer` hears. Everything is told in the
 * asynchronous context in which the request was made, so what the code does next is found to be the run's again.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Hearer, ResponseHead, Sending } from "../effects/effects.ts";
import {
  type DispatchController,
  type DispatchHandler,
  isNewStyle,
  type NewHandler,
  type OldHandler,
  requestAborted,
} from "./undici-dispatcher.ts";
import { toHeadersByName, toRawHeaders } from "./undici-headers.ts";

export class CodeSide implements Hearer {
  readonly #inContext = AsyncLocalStorage.snapshot();
  readonly #handler: HandlerOfAStyle;
  #sending: Sending | undefined;
  /** With the reason. */
  #abortion: { readonly reason: unknown } | undefined;
  #isOver = false;
  #isPaused = false;
  /** Then a pause is said by what `chunk` returns. */
  #isInChunk = false;
  readonly #underWay: Set<CodeSide>;

  /** @param underWay - Has it until it is over. */
  constructor(handler: DispatchHandler, underWay: Set<CodeSide>) {
    this.#underWay = underWay.add(this);
    this.#handler = isNewStyle(handler) ? new HandlerOfNewStyle(handler, this) : new HandlerOfOldStyle(handler, this);
  }

  /** After the end, a failure or an abort: nothing more is told. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get abortion(): { readonly reason: unknown } | undefined {
    return this.#abortion;
  }

  /** From here on the code may abort. It may do so at once. */
  start(): void {
    this.#tell(() => this.#handler.start());
  }

  /** What aborts, pauses and resumes go to from now on, with those that came before. */
  attach(sending: Sending): void {
    this.#sending = sending;
    if (this.#abortion !== undefined) sending.abort(this.#abortion.reason);
    else if (this.#isPaused) sending.pause();
  }

  head(head: ResponseHead): void {
    if (!this.#isOver) this.#tell(() => this.#handler.head(head));
  }

  chunk(bytes: Uint8Array): boolean {
    if (this.#isOver) return true;
    this.#isInChunk = true;
    try {
      this.#tell(() => this.#handler.chunk(toBuffer(bytes)));
    } finally {
      this.#isInChunk = false;
    }
    return !this.#isPaused;
  }

  end(): void {
    if (this.#isOver) return;
    this.#close();
    this.#inContext(() => {
      try {
        this.#handler.end();
      } catch (error) {
        this.#handler.fail(error);
      }
    });
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#close();
    this.#inContext(() => this.#handler.fail(error));
  }

  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#close();
    // Undici does the same with any reason that is false.
    const why = reason || requestAborted();
    this.#abortion = { reason: why };
    this.#sending?.abort(why);
    this.#inContext(() => this.#handler.fail(why));
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    if (!this.#isInChunk) this.#sending?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#sending?.resume();
  }

  #close(): void {
    this.#isOver = true;
    this.#underWay.delete(this);
  }

  /** As undici has it, a handler that throws aborts its own request. */
  #tell(say: () => void): void {
    this.#inContext(() => {
      try {
        say();
      } catch (error) {
        this.abort(error);
      }
    });
  }
}

interface HandlerOfAStyle {
  start(): void;
  head(head: ResponseHead): void;
  chunk(bytes: Buffer): void;
  end(): void;
  fail(error: unknown): void;
}

class HandlerOfOldStyle implements HandlerOfAStyle {
  readonly #handler: OldHandler;
  readonly #side: CodeSide;

  constructor(handler: OldHandler, side: CodeSide) {
    this.#handler = handler;
    this.#side = side;
  }

  start(): void {
    this.#handler.onConnect?.((reason) => this.#side.abort(reason), null);
  }

  head({ status, headers, statusText }: ResponseHead): void {
    this.#handler.onResponseStarted?.();
    const resume = () => this.#side.resume();
    if (this.#handler.onHeaders?.(status, toRawHeaders(headers), resume, statusText) === false) this.#side.pause();
  }

  chunk(bytes: Buffer): void {
    if (this.#handler.onData?.(bytes) === false) this.#side.pause();
  }

  end(): void {
    this.#handler.onComplete?.([]);
  }

  fail(error: unknown): void {
    this.#handler.onError?.(error);
  }
}

class HandlerOfNewStyle implements HandlerOfAStyle {
  readonly #handler: NewHandler;
  readonly #controller: DispatchController;

  constructor(handler: NewHandler, side: CodeSide) {
    this.#handler = handler;
    this.#controller = {
      rawHeaders: null,
      rawTrailers: null,
      get aborted() {
        return side.abortion !== undefined;
      },
      get reason() {
        return side.abortion?.reason ?? null;
      },
      get paused() {
        return side.isPaused;
      },
      abort: (reason) => side.abort(reason),
      pause: () => side.pause(),
      resume: () => side.resume(),
    };
  }

  start(): void {
    this.#handler.onRequestStart(this.#controller, null);
  }

  head({ status, headers, statusText }: ResponseHead): void {
    this.#handler.onResponseStarted?.();
    this.#controller.rawHeaders = toRawHeaders(headers);
    this.#handler.onResponseStart?.(this.#controller, status, toHeadersByName(headers), statusText);
  }

  chunk(bytes: Buffer): void {
    this.#handler.onResponseData?.(this.#controller, bytes);
  }

  end(): void {
    this.#controller.rawTrailers = [];
    this.#handler.onResponseEnd?.(this.#controller, {});
  }

  fail(error: unknown): void {
    this.#handler.onResponseError?.(this.#controller, error);
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
