import type { Readable } from "node:stream";
import { createLineReader } from "../protocol/pipe-lines.ts";

/** Code that prints without ever ending a line does not fill the memory of its node. */
const LONGEST_LINE = 64 * 1024;

/** Calls `onLine` with each line that comes out of `stream`, the unfinished last one too. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const reader = createLineReader(LONGEST_LINE);
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => reader.read(chunk).forEach(onLine));
  stream.on("end", () => {
    const rest = reader.rest();
    if (rest !== "") onLine(rest);
  });
  // A process that is killed may break its pipe; that it ended is told otherwise.
  stream.on("error", () => undefined);
}

/** The last lines of an output, for the error that says why a process did not start. */
export class LastLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > SHOWN_LINES) this.#lines.shift();
  }

  /** Each on a line of its own, or nothing at all. */
  toString(): string {
    return this.#lines.length === 0 ? "" : `\n${this.#lines.map((line) => `  ${line}\n`).join("")}`;
  }
}

const SHOWN_LINES = 12;
