import type { Timer } from "../core/env.ts";
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

  /** @throws {PerdureError} `VALUE_TOO_LARGE`, `VALUE_NOT_SERIALIZABLE`. */
  replace(metadata: Record<string, unknown>): void {
    this.#current = JSON.parse(encodeMetadata(metadata)) as Record<string, unknown>;
    if (this.#execution.journal.isLive) this.#hand();
  }

  async flush(): Promise<void> {
    if (!this.#execution.journal.isLive) return;
    this.#hand();
    await this.#execution.recorder.flush();
  }

  caughtUp(): void {
    this.#hand();
  }

  close(): void {
    this.#timer?.clear();
  }

  /** Gives the recorder what changed; it goes with the next entry, or by itself after a second. */
  #hand(): void {
    const text = encodeMetadata(this.#current);
    if (text === this.#written) return;
    this.#written = text;
    this.#execution.recorder.setMetadata(text);
    this.#timer ??= this.#execution.deps.env.timer(FLUSH_MS, () => {
      this.#timer = undefined;
      if (!this.#execution.isClosed && !this.#execution.isParked) void this.#execution.recorder.flush();
    });
  }
}
