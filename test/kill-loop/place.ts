/** The folder of one loop: the project whose tasks its nodes run, the database, and the files by which its processes are told things. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeProject } from "../build/write-project.ts";
import { ASKED } from "./asking.ts";
import { ARMED, FOLDER_VARIABLE, REACHED } from "./failpoints.ts";
import { WORKERS } from "./processes.ts";

/** Where alerts go. */
export const WEBHOOK_VARIABLE = "PERDURE_KILL_LOOP_WEBHOOK";

/** Holds what a run's code remembers of its lives before. */
export const MARKS = "marks";

export interface Place {
  readonly folder: string;
  /** The project's folder. */
  readonly root: string;
  /** A SQLite file, or the URL of a Postgres. */
  readonly db: string;
  readonly isPostgres: boolean;
}

/** Few runs of these tasks fail: what comes after the first in a minute would be told of later than the loop lasts. */
const CONFIG = {
  variables: [FOLDER_VARIABLE],
  alerts: [{ name: "loop", tasks: ["alarmed", "alarmedHeld"], webhook: { urlVariable: WEBHOOK_VARIABLE } }],
};

/** @param postgresUrl - Absent: a SQLite file in the folder. */
export function preparePlace(folder: string, postgresUrl?: string): Place {
  for (const name of [ARMED, REACHED, WORKERS, MARKS, ASKED]) mkdirSync(join(folder, name), { recursive: true });
  const root = join(folder, "project");
  writeProject(root, {
    "tasks/all.ts": `export * from ${JSON.stringify(resolve(import.meta.dirname, "tasks.ts"))};\n`,
    "perdure.config.ts": `export default ${JSON.stringify(CONFIG)};\n`,
  });
  return { folder, root, db: postgresUrl ?? join(folder, "perdure.db"), isPostgres: postgresUrl !== undefined };
}
