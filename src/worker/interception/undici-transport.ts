/**
 * A request made for real: what undici tells a handler of ours is told to a `Hearer`. Our handler has the style of the code's
 * own, since whoever it was meant for understands that one. Informational responses (1xx) and trailers are not told.
 */
import type { Hearer, Sending } from "../effects/effects.ts";
import {
  type DispatchController,
  type DispatchHandler,
  isNewStyle,
  type NewHandler,
  type OldHandler,
  type RawHeader,
} from "./undici-dispatcher.ts";
import { listResponseHeaders } from "./undici-headers.ts";

/** @param like - The handler whose style is wanted. */
export function makeTransport(like: DispatchHandler, hearer: Hearer): DispatchHandler & Sending {
  return isNewStyle(like) ? new NewTransport(hearer) : new OldTransport(hearer);
}

class OldTransport implements OldHandler, Sending {
  readonly #hearer: Hearer;
  #abort: ((reason?: unknown) => void) | undefined;
  #abortion: { readonly reason: unknown } | undefined;
  #resume: (() => void) | undefined;
  #isPaused = false;

  constructor(hearer: Hearer) {
    this.#hearer = hearer;
  }

  onConnect(abort: (reason?: unknown) => void): void {
    this.#abort = abort;
    if (this.#abortion !== undefined) abort(this.#abortion.reason);
  }

  onHeaders(status: number, raw: readonly RawHeader[], resume: () => void, statusText: string): boolean {
    if (status < 200) return true;
    this.#resume = resume;
    this.#hearer.head({ status, statusText, headers: listResponseHeaders(raw, undefined) });
    return !this.#isPaused;
  }

  onData(chunk: Buffer): boolean {
    if (!this.#hearer.chunk(chunk)) this.#isPaused = true;
    return !this.#isPaused;
  }

  onComplete(): void {
    if (this.#abortion === undefined) this.#hearer.end();
  }

  onError(error: unknown): void {
    if (this.#abortion === undefined) this.#hearer.fail(toError(error));
  }

  abort(reason?: unknown): void {
    if (this.#abortion !== undefined) return;
    this.#abortion = { reason };
    this.#abort?.(reason);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#resume?.();
  }
}

class NewTransport implements NewHandler, Sending {
  readonly #hearer: Hearer;
  #controller: DispatchController | undefined;
  #abortion: { readonly reason: unknown } | undefined;

  constructor(hearer: Hearer) {
    this.#hearer = hearer;
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller;
    if (this.#abortion !== undefined) controller.abort(this.#abortion.reason);
  }

  onResponseStart(controller: DispatchController, status: number, headers: unknown, statusText?: string): void {
    if (status < 200) return;
    this.#controller = controller;
    const flat = listResponseHeaders(controller.rawHeaders, headers);
    this.#hearer.head({ status, statusText: statusText ?? "", headers: flat });
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (!this.#hearer.chunk(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#abortion === undefined) this.#hearer.end();
  }

  onResponseError(_controller: DispatchController, error: unknown): void {
    if (this.#abortion === undefined) this.#hearer.fail(toError(error));
  }

  abort(reason?: unknown): void {
    if (this.#abortion !== undefined) return;
    this.#abortion = { reason };
    this.#controller?.abort(reason);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
