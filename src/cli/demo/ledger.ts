import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Something that a step did in the world outside, at the moment when it did it. */
export interface Effect {
  readonly runId: string;
  readonly step: string;
  readonly pid: number;
}

/** What the demo's tasks do outside: lines in a file, which no process takes back when it dies. */
export function addEffect(folder: string, effect: Effect): void {
  appendFileSync(join(folder, "effects.jsonl"), `${JSON.stringify(effect)}\n`);
}

export function readEffects(folder: string): readonly Effect[] {
  const file = join(folder, "effects.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Effect);
}

/** Nobody has to hurry any more: from now on steps are quick. */
export function hurry(folder: string): void {
  writeFileSync(join(folder, "hurry"), "");
}

export function isHurried(folder: string): boolean {
  return existsSync(join(folder, "hurry"));
}
