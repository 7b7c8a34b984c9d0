import type { Execution } from "./execution.ts";
import type { Undo } from "./steps.ts";

/**
 * Executions that are kept in memory while their runs wait, so that they go on without a replay. Bounded, least recently
 * parked out first; losing one loses nothing that is recorded, since whoever leases the run replays its journal. Those that did what
 * cannot be recorded go last: their replay repeats it.
 */
export class WarmRuns {
  readonly #limit: number;
  readonly #parked = new Map<string, Execution>();
  readonly #undos = new Map<string, ReadonlyMap<string, Undo>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  keep(execution: Execution): void {
    this.#parked.set(execution.run.id, execution);
    while (this.#parked.size > this.#limit) this.#evictOne();
  }

  take(runId: string): Execution | undefined {
    const execution = this.#parked.get(runId);
    this.#parked.delete(runId);
    return execution;
  }

  /** What an execution has said about taking its steps back, kept from the end of its last attempt to the undoing. */
  keepUndos(runId: string, undos: ReadonlyMap<string, Undo>): void {
    this.#undos.set(runId, undos);
    for (const [oldest] of this.#undos) if (this.#undos.size > this.#limit) this.#undos.delete(oldest);
  }

  takeUndos(runId: string): ReadonlyMap<string, Undo> {
    const undos = this.#undos.get(runId) ?? new Map<string, Undo>();
    this.#undos.delete(runId);
    return undos;
  }

  close(): void {
    while (this.#parked.size > 0) this.#evictOne();
    this.#undos.clear();
  }

  /** A Map iterates in the order of insertion, so what comes first was put in longest ago. */
  #evictOne(): void {
    const parked = [...this.#parked];
    const [runId, execution] = (parked.find(([, { unrecorded }]) => !unrecorded.isMarked) ??
      parked[0]) as (typeof parked)[0];
    this.#parked.delete(runId);
    execution.close();
  }
}
