/**
 * What can be seen from outside: a file of lines, one for each execution of a step that began, had its effect or failed, one
 * for each result that the code was given, and one for each process that killed itself. Lines are appended at once and
 * survive the kill. Perdure knows nothing of this file, so it can testify for or against it.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type TraceLine =
  /** A step's function was called: an execution of the step. */
  | {
      readonly kind: "began";
      readonly step: string;
      readonly execution: string;
      readonly life: number;
      readonly attempt: number;
    }
  | { readonly kind: "effect"; readonly step: string; readonly execution: string; readonly life: number }
  | { readonly kind: "threw"; readonly step: string; readonly execution: string; readonly life: number }
  /** The code was given the result of this execution, by the step itself or by a replay. */
  | { readonly kind: "given"; readonly step: string; readonly execution: string; readonly life: number }
  | { readonly kind: "killed"; readonly moment: string; readonly life: number };

export type Began = Extract<TraceLine, { kind: "began" }>;

export class Trace {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "effects.jsonl");
  }

  add(line: TraceLine): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }

  read(): readonly TraceLine[] {
    if (!existsSync(this.#path)) return [];
    const lines = readFileSync(this.#path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as TraceLine);
  }
}
