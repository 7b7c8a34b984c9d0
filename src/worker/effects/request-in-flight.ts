import { AsyncLocalStorage } from "node:async_hooks";
import { type Entry, repeatedKey } from "../../core/entry.ts";
import { perdureError } from "../../core/errors.ts";
import type { Ask } from "../ask.ts";
import { outsideRuns } from "../context.ts";
import type { Execution } from "../execution.ts";
import type { Exchange, Hearer, ResponseHead, Sending } from "./effects.ts";
import { Playback } from "./playback.ts";
import {
  type BodyEnd,
  describeRequest,
  type RecordedRequest,
  readEnd,
  readRejection,
  writeEnd,
  writeHead,
  writeRejection,
  writeResponse,
} from "./recorded-http.ts";
import { namesOf, type RequestNames } from "./request-identity.ts";
import type { Requests } from "./requests.ts";
import { isWhole, tellEnd, tellWhole } from "./response.ts";

/** Asking twice changes nothing more than asking once (RFC 9110, section 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/**
 * So much of a body is taken in, and recorded, that the code does not read: mostly it has looked at the status alone, and an answer
 * without an end is asked for again by each continuation.
 */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

/**
 * One request of the code, from its asking to the end of its answer.
 *
 * What the code sees for the last time (a whole answer, the end of a body, a rejection) is on disk before; the head and the
 * chunks of a stream before that may be seen first, since a stream that is cut is asked for again from its start.
 */
export class RequestInFlight implements Sending {
  readonly names: RequestNames;
  readonly described: RecordedRequest;
  readonly ask: Ask;
  readonly #execution: Execution;
  readonly #requests: Requests;
  readonly #exchange: Exchange;
  readonly #inContext = AsyncLocalStorage.snapshot();
  #key = "";
  #sending: Sending | undefined;
  /** The head of an answer that is waited for as a whole, and what has come of its body. */
  #held: { readonly head: ResponseHead; readonly chunks: Uint8Array[] } | undefined;
  #isStreaming = false;
  #isOver = false;
  #isLeft = false;
  /** Of its body, since the code had enough for now. */
  #unreadBytes = 0;

  constructor(execution: Execution, requests: Requests, exchange: Exchange) {
    this.#execution = execution;
    this.#requests = requests;
    this.#exchange = exchange;
    this.names = namesOf(exchange.request, execution.run.seed);
    this.described = describeRequest(exchange.request, this.names.tie);
    const playback = new Playback(execution, exchange.hearer, {
      heard: (tell) => void this.#heard(tell),
      ended: () => this.#end(),
    });
    this.ask = {
      kind: "request",
      ...this.names,
      begin: (key) => void this.#begin(key).catch((error: unknown) => execution.loseTo(error)),
      deliver: (entry) => playback.deliver(entry),
    };
  }

  /** The code gave it up. That is an act of its own, in a replay as well, so only the end of a stream has to be recorded. */
  abort(reason?: unknown): void {
    if (this.#isOver) return;
    this.#execution.journal.withdraw(this.ask);
    if (this.#isStreaming) this.#record("end", writeEnd({ kind: "given-up" }), () => undefined);
    this.#end();
    this.#sending?.abort(reason);
  }

  pause(): void {
    if (this.#sending === undefined) return;
    this.#sending.pause();
    this.#requests.paused(this);
  }

  resume(): void {
    this.#unreadBytes = 0;
    if (this.#isOver || this.#sending === undefined) return;
    this.#requests.begun(this);
    this.#sending.resume();
  }

  /** The run is about to wait, and its code may never read the rest: without an end the request would be made again by each continuation. */
  leaveUnread(): void {
    this.#isLeft = true;
    this.#hearEnd({ kind: "cut", error: new Error("The rest of this body was not read before the run waited.") });
    this.#sending?.abort();
  }

  async #begin(key: string): Promise<void> {
    const execution = this.#execution;
    const howFar = this.#requests.howFar(key);
    this.#key = howFar === "head" ? repeatedKey(key, execution.run.epoch) : key;
    this.#requests.begun(this);
    if (!SAFE_METHODS.has(this.described.method) && !(await this.#announce(howFar !== undefined))) return;
    // Last: nothing may come between this and the effect.
    await execution.trustedLease();
    if (execution.isClosed || execution.hasFailed || this.#isOver) return;
    this.#sending = outsideRuns(() => this.#exchange.send(this.#liveHearer()));
  }

  /** That it may have left is on disk before it leaves, a line of the story for each key. False when it is not to be made. */
  async #announce(isUncertain: boolean): Promise<boolean> {
    const { recorder, journal, effectPolicy } = this.#execution;
    const { method, url } = this.described;
    if (!isUncertain) {
      journal.add({ kind: "sent", key: this.#key, outcome: "completed", result: JSON.stringify(this.described) });
    } else if (effectPolicy.onUncertain === "fail") {
      this.#reject(perdureError("EFFECT_UNCERTAIN", { what: `${method} ${url}` }));
      return false;
    } else {
      recorder.note({ kind: "effect.uncertain", details: JSON.stringify({ method, url, entry: this.#key }) });
    }
    await recorder.flush();
    return true;
  }

  #liveHearer(): Hearer {
    return {
      head: (head) => this.#unlessOver(() => this.#hearHead(head)),
      chunk: (bytes) => {
        this.#unlessOver(() => this.#hearChunk(bytes));
        return true;
      },
      end: () => this.#unlessOver(() => this.#hearEnd({ kind: "complete" })),
      fail: (error) => this.#unlessOver(() => this.#hearEnd({ kind: "cut", error })),
    };
  }

  /** What comes in for a run that is closed, or that is parked and somebody else's, is left. */
  #unlessOver(hear: () => void): void {
    if (this.#execution.isClosed) {
      this.#end();
      this.#sending?.abort();
    } else if (!this.#isOver && !this.#isLeft) {
      this.#execution.whenLeased(hear);
    }
  }

  #hearHead(head: ResponseHead): void {
    if (isWhole(this.described.method, head)) this.#held = { head, chunks: [] };
    else this.#stream(head);
  }

  #stream(head: ResponseHead): void {
    this.#isStreaming = true;
    this.#record("head", writeHead(this.described, head), () => this.#exchange.hearer.head(head));
  }

  #hearChunk(bytes: Uint8Array): void {
    if (this.#held !== undefined) {
      this.#held.chunks.push(bytes);
      return;
    }
    const { journal } = this.#execution;
    journal.recordChunk({ kind: "body", key: this.#key, outcome: "completed" }, bytes, () => {
      if (this.#heard(() => this.#exchange.hearer.chunk(bytes))) this.#unreadBytes = 0;
      else this.#unreadBytes += bytes.length;
      if (this.#unreadBytes > MOST_UNREAD_BYTES) this.pause();
    });
  }

  #hearEnd(end: BodyEnd): void {
    const held = this.#held;
    if (held === undefined && !this.#isStreaming) {
      if (end.kind === "cut") this.#reject(end.error);
      return;
    }
    if (held !== undefined && end.kind === "complete") {
      const body = Buffer.concat(held.chunks);
      const entry = {
        kind: "request",
        key: this.#key,
        outcome: "completed",
        result: writeResponse(this.described, held.head, body),
      } as const;
      this.#finally(entry, () => tellWhole(this.#exchange.hearer, held.head, body));
      return;
    }
    if (held !== undefined) {
      this.#held = undefined;
      this.#stream(held.head);
      for (const chunk of held.chunks) this.#hearChunk(chunk);
    }
    const text = writeEnd(end);
    this.#finally(
      { kind: "end", key: this.#key, outcome: end.kind === "cut" ? "failed" : "completed", result: text },
      () => tellEnd(this.#exchange.hearer, readEnd(text)),
    );
  }

  /** The code gets what a continuation will get: the error as it was kept. */
  #reject(error: Error): void {
    const result = writeRejection(this.described, error);
    this.#finally({ kind: "request", key: this.#key, outcome: "failed", result }, () =>
      this.#exchange.hearer.fail(readRejection(result)),
    );
  }

  #finally(entry: Pick<Entry, "kind" | "key" | "outcome" | "result">, tell: () => void): void {
    this.#isStreaming = false;
    this.#execution.journal.record(entry, () => {
      const wasOver = this.#isOver;
      this.#end();
      this.#execution.uncertain.noteAnswered();
      if (!wasOver) this.#inContext(tell);
    });
  }

  #record(kind: "head" | "end", result: string, tell: () => void): void {
    this.#execution.journal.recordLazily({ kind, key: this.#key, outcome: "completed", result }, () =>
      this.#heard(tell),
    );
  }

  /** Nothing for code that has given it up, and nothing more to say then. */
  #heard<Answer>(tell: () => Answer): Answer | true {
    return this.#isOver ? true : this.#inContext(tell);
  }

  #end(): void {
    this.#isOver = true;
    this.#requests.ended(this);
  }
}
