import type { Execution } from "./execution.ts";
import type { Undo } from "./steps.ts";

/**
 * Executions that are kept in memory while their runs wait, so that they go on without a replay. Bounded, least recently
 * parked out first; losing one loses nothing, since whoever leases the run replays its journal.
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
    trim(this.#parked, this.#limit, (evicted) => evicted.close());
  }

  take(runId: string): Execution | undefined {
    const execution = this.#parked.get(runId);
    this.#parked.delete(runId);
    return execution;
  }

  /** What an execution has said about taking its steps back, kept from the end of its last attempt to the undoing. */
  keepUndos(runId: string, undos: ReadonlyMap<string, Undo>): void {
    this.#undos.set(runId, undos);
    trim(this.#undos, this.#limit, () => undefined);
  }

  takeUndos(runId: string): ReadonlyMap<string, Undo> {
    const undos = this.#undos.get(runId) ?? new Map<string, Undo>();
    this.#undos.delete(runId);
    return undos;
  }

  close(): void {
    trim(this.#parked, 0, (evicted) => evicted.close());
    this.#undos.clear();
  }
}

/** A Map iterates in the order of insertion, so its first key is the one that was put in longest ago. */
function trim<Kept>(kept: Map<string, Kept>, limit: number, evict: (kept: Kept) => void): void {
  for (const [key, oldest] of kept) {
    if (kept.size <= limit) return;
    kept.delete(key);
    evict(oldest);
  }
}
