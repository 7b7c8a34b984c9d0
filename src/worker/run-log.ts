import type { LogLine } from "./deps.ts";

/**
 * Lets a run's log through. What a replay writes on the way to something recorded was written then, and is dropped; what it writes
 * beyond is kept until the run is live. After a kill a line may so come twice, and none is lost.
 */
export class RunLog {
  readonly #onLine: (line: LogLine) => void;
  readonly #held: LogLine[] = [];
  #isOpen = false;

  constructor(onLine: (line: LogLine) => void) {
    this.#onLine = onLine;
  }

  write(line: LogLine): void {
    if (this.#isOpen) this.#onLine(line);
    else this.#held.push(line);
  }

  /** The code has asked for something recorded. */
  drop(): void {
    this.#held.length = 0;
  }

  /** The code is where it has not been, or at its end. */
  open(): void {
    this.#isOpen = true;
    for (const line of this.#held.splice(0)) this.#onLine(line);
  }
}
