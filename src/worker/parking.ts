import type { Execution } from "./execution.ts";
import type { Ask } from "./journal.ts";

/**
 * The time that an execution spends without a lease: from the moment it decides to park until it is leased again. Work that
 * we did not know of may call back meanwhile; it waits for the lease.
 */
export class Parking {
  readonly #execution: Execution;
  #state: "none" | "asking" | "parked" = "none";
  #callbacks: Ask[] = [];

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get isParked(): boolean {
    return this.#state !== "none";
  }

  /** Gives the run back until one of these waitpoints is complete. `ready` means that one is already, and the run goes on. */
  async begin(waitingOn: readonly string[]): Promise<"parked" | "ready"> {
    const { recorder, deps, timers, waits } = this.#execution;
    this.#state = "asking";
    timers.clear();
    waits.disarm();
    const { state } = await recorder.send(
      (append) => deps.calls.park({ ...this.#execution.key, append, waitingOn }),
      (answer) => answer.state === "parked",
    );
    this.#state = "parked";
    if (state === "ready") {
      this.end();
      return "ready";
    }
    if (this.#callbacks.length > 0 || this.#execution.hasEnded) this.#unpark();
    return "parked";
  }

  /** Code of the parked run wants to go on, or has come to its end. */
  callBack(ask?: Ask): void {
    if (ask !== undefined) this.#callbacks.push(ask);
    if (this.#state === "parked") this.#unpark();
  }

  /** The run is ours again. */
  end(): void {
    const { waits, journal } = this.#execution;
    this.#state = "none";
    void waits.refresh();
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const ask of callbacks) journal.ask(ask);
  }

  #unpark(): void {
    const { deps, key, isClosed } = this.#execution;
    if (!isClosed) deps.calls.unpark(key).catch(deps.onProblem);
  }
}
