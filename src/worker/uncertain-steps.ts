import { readableKey } from "../core/divergence.ts";
import { isLoss, lastEnd } from "../core/run-state.ts";
import type { Execution } from "./execution.ts";

/** Of a run's story, enough to see how the lease before ended. */
const LATEST_EVENTS = 20;
const CERTAIN = Promise.resolve(false);

/**
 * Steps that may happen twice: a kill may have come between a step's effect and its record, and the run's story names the step that
 * is about to run again. Until this execution has recorded one of its own, any may have been under way: the end of a wait or of a
 * child, which led to it, is not on disk before something follows from it.
 */
export class UncertainSteps {
  readonly #execution: Execution;
  /** Asked once, when the first step begins. */
  #mayRepeat: Promise<boolean> | undefined;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** A step is about to begin. */
  async begins(key: string): Promise<void> {
    this.#mayRepeat ??= this.#wasLost();
    if (await this.#mayRepeat)
      this.#execution.recorder.note({ kind: "step.uncertain", details: JSON.stringify({ step: readableKey(key) }) });
  }

  /** What is begun from here on was not under way when an earlier process died. */
  noteRecorded(): void {
    this.#mayRepeat = CERTAIN;
  }

  /**
   * The code is about to see an answer, which is on disk. Where nothing else is under way, all that begins from here on follows from
   * it, and so was not under way in a process that had not seen it.
   */
  noteAnswered(): void {
    const { journal, effects, steps, waits } = this.#execution;
    if (journal.isLive && effects?.areIdle === true && steps.areIdle && waits.waitingOn.length === 0)
      this.noteRecorded();
  }

  /** Whether the code was last at work in a process that died. A lease that recorded an entry is not barren: then the story says it. */
  async #wasLost(): Promise<boolean> {
    const { run, deps } = this.#execution;
    const { id, epoch, eventSeq, barrenLeases } = run;
    if (barrenLeases > 0) return true;
    if (epoch === 1) return false;
    const afterSeq = Math.max(0, eventSeq - LATEST_EVENTS);
    const { events } = await deps.client.calls.events({ runId: id, afterSeq, limit: LATEST_EVENTS });
    // Of the story before this lease: notes of this one may follow.
    return isLoss(lastEnd(events.filter(({ seq }) => seq < eventSeq).map(({ kind }) => kind)));
  }
}
