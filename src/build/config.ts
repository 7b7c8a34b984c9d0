import { isAbsolute } from "node:path";
import { perdureError } from "../core/errors.ts";
import { RUNTIMES, type Runtime } from "../core/runtime.ts";

/** What a project says about itself in `perdure.config.ts`. */
export interface PerdureConfig {
  /** Folders of task files, from the project's root. Default: those of `tasks`, `trigger`, `src/tasks`, `src/trigger` that exist. */
  dirs?: readonly string[];
  /** Packages that are not bundled and loaded from `node_modules` instead. Those with native addons are found without being named. */
  external?: readonly string[];
  /** Environment variables that the tasks may read. They get no others but those that every program needs, such as `PATH`. */
  variables?: readonly string[];
  /** What worker processes run on. Default: `node`. Bun must be in the path. */
  runtime?: Runtime;
}

/** The same object, with the types of its fields known to the editor. */
export function defineConfig(config: PerdureConfig): PerdureConfig {
  return config;
}

const KNOWN: ReadonlySet<string> = new Set<keyof PerdureConfig>(["dirs", "external", "variables", "runtime"]);
const VARIABLE_NAME = /^[A-Za-z_]\w*$/;
const PACKAGE_NAME = /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*$/;

/**
 * The configuration, once every field of it is known to be good.
 *
 * @param file - What it is called in an error.
 * @throws {PerdureError} `CONFIG_INVALID` for what is no object, `OPTION_UNSUPPORTED`, `OPTION_INVALID`.
 */
export function checkConfig(config: unknown, file: string): PerdureConfig {
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw perdureError("CONFIG_INVALID", { file, problem: "its default export is not an object" });
  for (const [option, given] of Object.entries(config)) {
    if (given !== undefined && !KNOWN.has(option)) throw perdureError("OPTION_UNSUPPORTED", { what: file, option });
  }
  const { dirs, external, variables, runtime } = config as Record<keyof PerdureConfig, unknown>;
  // An absolute path would be another one on the next machine.
  if (dirs !== undefined && !isListOf(dirs, (dir) => dir !== "" && !isAbsolute(dir)))
    refuse(file, "dirs must be a list of folders, each as a path from the project's root");
  if (external !== undefined && !isListOf(external, (name) => PACKAGE_NAME.test(name)))
    refuse(file, "external must be a list of names of packages");
  if (variables !== undefined && !isListOf(variables, (name) => VARIABLE_NAME.test(name)))
    refuse(file, "variables must be a list of names of environment variables");
  if (runtime !== undefined && !RUNTIMES.includes(runtime as Runtime))
    refuse(file, `runtime must be one of ${RUNTIMES.join(", ")}`);
  // An old version goes on with the SDK that it was made with, whatever is installed by then.
  if ((external as string[] | undefined)?.includes("perdure"))
    refuse(file, "external must not name perdure, which is part of every version");
  return config as PerdureConfig;
}

function isListOf(given: unknown, isGood: (entry: string) => boolean): boolean {
  return Array.isArray(given) && given.every((entry) => typeof entry === "string" && isGood(entry));
}

function refuse(what: string, problem: string): never {
  throw perdureError("OPTION_INVALID", { what, problem });
}
