/** The world outside: one line for everything that processes did, in a file that no crash takes back. */
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export type Effect =
  /** `trigger()` has answered. */
  | { readonly kind: "accepted"; readonly order: number; readonly run: string; readonly life: number }
  | {
      readonly kind: "began";
      readonly run: string;
      readonly step: string;
      readonly life: number;
      readonly key?: string;
    }
  | { readonly kind: "threw"; readonly run: string; readonly step: string; readonly life: number }
  /** The code of the run has seen the result of the step, so it is recorded. */
  | { readonly kind: "given"; readonly run: string; readonly step: string; readonly life: number }
  | { readonly kind: "undid"; readonly run: string; readonly step: string; readonly life: number }
  /** A run of the limited queue is at its code. */
  | { readonly kind: "entered" | "left"; readonly run: string; readonly life: number }
  /** Written by the one who killed, when the process was gone. */
  | { readonly kind: "killed"; readonly life: number };

/** As it was written, with the time. */
export type Line = Effect & { readonly at: number };

export interface Effects {
  add(effect: Effect): void;
  read(): readonly Line[];
  /** In characters: grows with all that happens. */
  size(): number;
}

/** Opened with O_APPEND for each line, so the lines of several processes have one order. SIGKILL leaves what the system has been given, so no line waits for the disk. */
export function openEffects(folder: string): Effects {
  const path = join(folder, "effects.jsonl");
  return {
    add: (effect) => appendFileSync(path, `${JSON.stringify({ at: Date.now(), ...effect })}\n`),
    size: () => (existsSync(path) ? statSync(path).size : 0),
    read: () =>
      existsSync(path)
        ? readFileSync(path, "utf8")
            .split("\n")
            // The last one is empty, or just being written.
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Line)
        : [],
  };
}
