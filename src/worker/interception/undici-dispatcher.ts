/**
 * The part of undici's dispatcher that its copies of versions 5 to 8 have in common, as we need it. Node has one copy of its
 * own behind `fetch`; the package of that name is another, and so is every bundle that contains it.
 */

/** What a request is asked with. Undici knows more of it; the rest is handed on as it is. */
export interface DispatchOptions {
  readonly path: string;
  readonly method: string;
  readonly origin?: string | URL;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: unknown;
  readonly body?: unknown;
  /** The protocol that the connection is to speak afterwards, such as `websocket`. */
  readonly upgrade?: unknown;
}

/** @returns False when the dispatcher would rather have no more requests for now. */
export type Dispatch = (this: object, opts: DispatchOptions, handler: DispatchHandler) => boolean;

/** Either style. Undici tells them apart by `onRequestStart`. */
export type DispatchHandler = OldHandler | NewHandler;

/** The style of version 6, which Node's own `fetch` uses in versions 22 and 24. */
export interface OldHandler {
  onConnect?(abort: (reason?: unknown) => void, context: unknown): void;
  /** @returns False to have no data until `resume` is called. */
  onHeaders?(status: number, headers: readonly RawHeader[], resume: () => void, statusText: string): unknown;
  /** @returns False to have no more data until `resume` is called. */
  onData?(chunk: Buffer): unknown;
  onComplete?(trailers: readonly RawHeader[]): void;
  onError?(error: unknown): void;
  onResponseStarted?(): void;
}

/** The style that came with version 7, and the only one that version 8 knows. */
export interface NewHandler {
  onRequestStart(controller: DispatchController, context: unknown): void;
  onResponseStart?(
    controller: DispatchController,
    status: number,
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    statusText?: string,
  ): void;
  onResponseData?(controller: DispatchController, chunk: Buffer): void;
  onResponseEnd?(controller: DispatchController, trailers: Readonly<Record<string, string>>): void;
  onResponseError?(controller: DispatchController, error: unknown): void;
  onResponseStarted?(): void;
}

export interface DispatchController {
  rawHeaders?: readonly RawHeader[] | unknown;
  rawTrailers?: readonly RawHeader[] | unknown;
  readonly aborted: boolean;
  readonly reason: unknown;
  readonly paused: boolean;
  abort(reason?: unknown): void;
  pause(): void;
  resume(): void;
}

/** Name or value of a header as it came. Interceptors hand on several values of one name as an array. */
export type RawHeader = Buffer | string | readonly (Buffer | string)[];

export function isNewStyle(handler: DispatchHandler): handler is NewHandler {
  return "onRequestStart" in handler && typeof handler.onRequestStart === "function";
}

/**
 * What undici says of a request that was aborted without a reason. Its classes are told by marks rather than by prototypes, so
 * this one is an instance of `RequestAbortedError` to every copy of undici.
 */
export function requestAborted(): Error {
  return Object.assign(new Error("Request aborted"), {
    name: "AbortError",
    code: "UND_ERR_ABORTED",
    [Symbol.for("undici.error.UND_ERR")]: true,
    [Symbol.for("undici.error.UND_ERR_ABORT")]: true,
    [Symbol.for("undici.error.UND_ERR_ABORTED")]: true,
  });
}
