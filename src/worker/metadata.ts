import type { Timer } from "../core/env.ts";
import { changed, noteChange } from "../core/metadata-change.ts";
import type { MetadataChange, MetadataScope } from "../sdk/index.ts";
import { encodeMetadata } from "../sdk/options.ts";
import type { Execution } from "./execution.ts";

/** Longest time that a change stays unwritten, as in the reference SDK. */
const FLUSH_MS = 1_000;

/**
 * The run's metadata as its code sees it. A replay begins with what the journal began with and makes the same changes again;
 * they are written only once it has caught up, so watchers never see progress go back.
 */
export class Metadata {
  readonly #execution: Execution;
  #current: Record<string, unknown>;
  #written: string;
  #timer: Timer | undefined;

  constructor(execution: Execution) {
    this.#execution = execution;
    const { metadata, metadataBase } = execution.run;
    this.#written = metadata ?? "{}";
    this.#current = JSON.parse(metadataBase ?? "{}") as Record<string, unknown>;
  }

  current(): Record<string, unknown> {
    return structuredClone(this.#current);
  }

  /** @throws {PerdureError} `OPTION_INVALID`, `VALUE_TOO_LARGE`, `VALUE_NOT_SERIALIZABLE`. */
  change(change: MetadataChange): void {
    this.#current = JSON.parse(encodeMetadata(changed(this.#current, change))) as Record<string, unknown>;
    if (this.#execution.journal.isLive) this.#hand();
  }

  /** The same metadata for the code of a step, with a note of what it changes for the record of the step. */
  noting(changes: MetadataChange[]): MetadataScope {
    return {
      current: () => this.current(),
      change: (change) => {
        this.change(change);
        noteChange(changes, JSON.parse(JSON.stringify(change)) as MetadataChange);
      },
      flush: () => this.flush(),
    };
  }

  /** Makes the changes of a recorded step, whose code does not run again. */
  repeat(changes: readonly MetadataChange[]): void {
    for (const change of changes) this.#current = changed(this.#current, change);
  }

  /** Goes on from what is written, without a journal that leads there. */
  resume(): void {
    this.#current = JSON.parse(this.#written) as Record<string, unknown>;
  }

  async flush(): Promise<void> {
    if (!this.#execution.journal.isLive) return;
    this.#hand();
    await this.#execution.flush();
  }

  caughtUp(): void {
    this.#hand();
  }

  /** What has changed goes to the disk with whatever ends the lease. */
  disarm(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** Gives the recorder what changed; it goes with the next entry, or by itself after a second. */
  #hand(): void {
    const text = encodeMetadata(this.#current);
    if (text === this.#written || this.#execution.isClosed) return;
    this.#written = text;
    this.#execution.recorder.setMetadata(text);
    this.#timer ??= this.#execution.deps.env.timer(FLUSH_MS, () => {
      this.#timer = undefined;
      void this.#execution.flush();
    });
  }
}
