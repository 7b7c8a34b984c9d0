/**
 * What the code of a run does without asking the SDK, and what becomes of it: the border between `interception/`, which finds
 * such an effect at its entry, and the journal, which releases it from its records or begins it for real.
 */

/** The effects of one run's code. Absent where nothing is recorded automatically: inside a step, under `steps-only`, outside of runs. */
export interface Effects {
  /** An HTTP request is about to be made. */
  request(exchange: Exchange): Sending;
  timer(request: TimerRequest): RunTimer;
  /** As `Date.now()`. */
  now(): number;
  /** Milliseconds since some fixed point of the run, with fractions; never goes back. */
  monotonic(): number;
  /** As `Math.random()`. */
  random(): number;
  /** Of the run's secret seed: the same in every process that continues the run. */
  randomBytes(length: number): Uint8Array;
  /**
   * Something that cannot be recorded is about to happen.
   *
   * @throws {PerdureError} `EFFECT_REFUSED` under `strict`.
   */
  unrecorded(effect: UnrecordedEffect): void;
}

/** A request with its whole body, as it would go over the wire: nothing of it depends on the client that makes it. */
export interface OutgoingRequest {
  /** In capitals. */
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** Name, value, name, value, … in the order and the spelling of the client. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** Name, value, name, value, …, as they came. Content codings are not undone. */
  readonly headers: readonly string[];
}

/** Who hears what comes back. After `end` or `fail` nothing follows. */
export interface Hearer {
  head(head: ResponseHead): void;
  /** @returns False when it would rather have no more for now; `Sending.resume` says when it would again. */
  chunk(bytes: Uint8Array): boolean;
  end(): void;
  /**
   * What the client's own transport would have reported: refused, timed out, cut off. Never in the turn of the event loop in
   * which the head was heard: Node's `fetch` has not looked for failures of a body before the next turn, and would wait for ever.
   */
  fail(error: Error): void;
}

/** A request under way. */
export interface Sending {
  /** The code gave it up: nothing more is heard. */
  abort(reason?: unknown): void;
  /** Stops reading what comes back, where it can. */
  pause(): void;
  resume(): void;
}

export interface Exchange {
  readonly request: OutgoingRequest;
  /** Makes the request for real, by the client's own transport. Called at most once, outside of the run's scope. */
  send(hearer: Hearer): Sending;
  /** The code that made the request. Called in the asynchronous context in which the request was made. */
  readonly hearer: Hearer;
}

export interface TimerRequest {
  readonly delayMs: number;
  /** Fires again and again. */
  readonly isInterval: boolean;
  /** Called in any asynchronous context: whoever sets the timer sees to that of the code. */
  readonly fire: () => void;
}

export interface RunTimer {
  /** It will not fire any more. */
  clear(): void;
  /** Whether it keeps the run from parking. Default: true. */
  hold(doesHold: boolean): void;
}

/** Something that acts outward and cannot be recorded, such as a socket, a file or a child process. */
export interface UnrecordedEffect {
  /** Of one place in the code, two of a kind are told once, whatever they act upon: `node:fs writeFile`. Default: what it is. */
  readonly kind?: string;
  /** For people: `node:child_process spawn ffmpeg`, `a TCP connection to db:5432`. To be read before the call goes on. */
  readonly what: string;
  /** Of the call, with the stack of whoever made it. To be read before the call goes on; reading it takes time. */
  readonly stack: string;
}
