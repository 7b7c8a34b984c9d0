/** What the processes of the loop are told beside their command line. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER_VARIABLE } from "./failpoints.ts";

export interface Settings {
  readonly leaseMs: number;
  /** Waiting runs that a worker keeps in memory. */
  readonly keepWarm: number;
  /** How long final runs are kept. Absent: for good. */
  readonly retentionMs?: number;
  /** How long they keep what they recorded automatically. Absent: until there was a look at it. */
  readonly recordsMs?: number;
}

export function writeSettings(folder: string, settings: Settings): void {
  writeFileSync(join(folder, FILE), JSON.stringify(settings));
}

/** For a process of the loop. */
export function readSettings(): Settings {
  return JSON.parse(readFileSync(join(process.env[FOLDER_VARIABLE] ?? "", FILE), "utf8")) as Settings;
}

const FILE = "settings.json";
