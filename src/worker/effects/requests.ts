import { isIgnored } from "../../core/effect-mode.ts";
import { outsideRuns } from "../context.ts";
import type { Execution } from "../execution.ts";
import type { Exchange, Sending } from "./effects.ts";
import { RequestInFlight } from "./request-in-flight.ts";

/** What a request gets that is asked from a closed scope: it never settles and never reaches the network. */
const NEVER: Sending = { abort: () => undefined, pause: () => undefined, resume: () => undefined };

/** The HTTP requests of one execution. */
export class Requests {
  readonly #execution: Execution;
  /** Begun for real, not ended, and read by the code. */
  readonly #active = new Set<RequestInFlight>();
  /** Keys of requests that were under way when their process ended: sent and without an answer, or with one that was cut. */
  #unanswered: ReadonlyMap<string, "sent" | "head"> = new Map();
  /** Whose answers the code reads no further just now. */
  readonly #paused = new Set<RequestInFlight>();
  readonly #reported = new Set<string>();

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get areIdle(): boolean {
    return this.#active.size === 0;
  }

  /** @param unanswered - By key, how far each had come when its process ended. */
  resume(unanswered: ReadonlyMap<string, "sent" | "head">): void {
    this.#unanswered = unanswered;
  }

  howFar(key: string): "sent" | "head" | undefined {
    return this.#unanswered.get(key);
  }

  make(exchange: Exchange): Sending {
    const { isClosed, effectPolicy } = this.#execution;
    if (isClosed) return NEVER;
    if (isIgnored(effectPolicy, exchange.request.url)) return outsideRuns(() => exchange.send(exchange.hearer));
    const request = new RequestInFlight(this.#execution, this, exchange);
    this.#execution.ask(request.ask);
    return request;
  }

  begun(request: RequestInFlight): void {
    this.#reportEqual(request);
    this.#paused.delete(request);
    this.#active.add(request);
  }

  paused(request: RequestInFlight): void {
    this.#paused.add(request);
    this.idled(request);
  }

  idled(request: RequestInFlight): void {
    this.#active.delete(request);
    this.#execution.changed();
  }

  ended(request: RequestInFlight): void {
    this.#paused.delete(request);
    this.idled(request);
  }

  /** The run is about to wait. */
  leaveUnread(): void {
    for (const request of this.#paused) request.leaveUnread();
  }

  /** Equal requests in flight together: a replay gives the first answer to whichever the code makes first. */
  #reportEqual({ names, described }: RequestInFlight): void {
    const { identity, tie } = names;
    const isEqual = [...this.#active].some(({ names: other }) => other.identity === identity && other.tie === tie);
    if (!isEqual || this.#reported.has(identity)) return;
    this.#reported.add(identity);
    const { method, url } = described;
    this.#execution.recorder.note({ kind: "effect.ambiguous", details: JSON.stringify({ method, url }) });
  }
}
