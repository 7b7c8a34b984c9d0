import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseEnv } from "node:util";
import { perdureError } from "../core/errors.ts";

export const DOT_ENV = ".env";

/** Ours are read from the environment that we were started in. */
const OURS = /^(?:PERDURE|TRIGGER)_/;

/** What a project's `.env` gives to its tasks, and to us. */
export interface DotEnv {
  readonly variables: Readonly<Record<string, string>>;
  /** The names of those that are for the tasks. */
  readonly forTasks: readonly string[];
}

/** @throws {PerdureError} `CONFIG_INVALID` when there is one that cannot be read. */
export function readDotEnv(root: string): DotEnv {
  try {
    return readEnvFile(join(root, DOT_ENV));
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code !== "ENOENT") throw error;
    return { variables: {}, forTasks: [] };
  }
}

/** @throws {PerdureError} `CONFIG_INVALID` when it cannot be read. */
export function readEnvFile(path: string): DotEnv {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { message } = error as NodeJS.ErrnoException;
    throw perdureError("CONFIG_INVALID", { file: basename(path), problem: message }, { cause: error });
  }
  const variables = parseEnv(text) as Record<string, string>;
  return { variables, forTasks: Object.keys(variables).filter((name) => !OURS.test(name)) };
}
