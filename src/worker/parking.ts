import type { Execution } from "./execution.ts";

/**
 * The time that an execution spends without a lease: from the moment it decides to park until it is leased again. Work that
 * we did not know of may call back meanwhile; it waits for the lease.
 */
export class Parking {
  readonly #execution: Execution;
  #state: "none" | "asking" | "parked" = "none";
  #callbacks: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get isParked(): boolean {
    return this.#state !== "none";
  }

  /** Gives the run back until one of these waitpoints is complete. `ready` means that one is already, and the run goes on. */
  async begin(waitingOn: readonly string[]): Promise<"parked" | "ready"> {
    const { recorder, deps, timers, waits, metadata, effects } = this.#execution;
    this.#state = "asking";
    timers.clear();
    waits.disarm();
    metadata.disarm();
    effects?.requests.leaveUnread();
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

  /** Once the run is ours again, but that alone is no reason to take it again. */
  whenBack(action: () => void): void {
    this.#waiting.push(action);
  }

  /** Code of the parked run wants to go on, or has come to its end. */
  callBack(action?: () => void): void {
    if (action !== undefined) this.#callbacks.push(action);
    if (this.#state === "parked") this.#unpark();
  }

  /** The run is ours again. */
  end(): void {
    const { waits } = this.#execution;
    this.#state = "none";
    void waits.refresh();
    const callbacks = [...this.#waiting, ...this.#callbacks];
    this.#callbacks = [];
    this.#waiting = [];
    for (const action of callbacks) action();
  }

  #unpark(): void {
    const { deps, key, isClosed } = this.#execution;
    if (!isClosed) deps.calls.unpark({ ...key, workerId: deps.workerId }).catch(deps.onProblem);
  }
}
