import { isAbsolute } from "node:path";
import { checkAlerts } from "../core/alert-options.ts";
import { checkEffects } from "../core/effect-mode.ts";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { keptLogs } from "../core/logs-options.ts";
import type { PerdureConfig } from "../core/project-config.ts";
import { retentionMs } from "../core/retention.ts";
import { retryPolicy } from "../core/retry.ts";
import { ON_DIVERGENCE } from "../core/run.ts";
import { RUNTIMES, type Runtime } from "../core/runtime.ts";

const KNOWN: ReadonlySet<string> = new Set<keyof PerdureConfig>([
  "dirs",
  "external",
  "variables",
  "runtime",
  "retry",
  "maxDuration",
  "onDivergence",
  "effects",
  "keepWarm",
  "alerts",
  "logs",
  "retention",
]);
/** What such a file is called elsewhere, by what it is called here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  retries: "retry, and takes what retries.default holds",
  build: "external, for packages that are not bundled",
};
const SHORTEST_MAX_DURATION_SECONDS = 5;
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
    if (given === undefined || KNOWN.has(option)) continue;
    const ours = OTHER_NAMES[option];
    if (ours !== undefined) refuse(file, `${option} is called ${ours}`);
    throw perdureError("OPTION_UNSUPPORTED", { what: file, option });
  }
  checkBuild(config as Fields, file);
  checkRuns(config as Fields, file);
  const { alerts, effects, logs, retention } = config as PerdureConfig;
  checkEffects(effects, file);
  keptLogs(logs, file);
  retentionMs(retention);
  if (alerts !== undefined) checkAlerts(alerts, file);
  return config as PerdureConfig;
}

type Fields = Record<keyof PerdureConfig, unknown>;

/** What decides of the version. */
function checkBuild({ dirs, external, variables, runtime }: Fields, file: string): void {
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
}

/** What decides of its runs. */
function checkRuns({ retry, maxDuration, onDivergence, keepWarm }: Fields, file: string): void {
  if (retry !== undefined) checkRetry(retry, file);
  if (maxDuration !== undefined && !(typeof maxDuration === "number" && maxDuration >= SHORTEST_MAX_DURATION_SECONDS))
    refuse(file, `maxDuration must be a number of seconds from ${SHORTEST_MAX_DURATION_SECONDS}`);
  if (onDivergence !== undefined && !(ON_DIVERGENCE as readonly unknown[]).includes(onDivergence))
    refuse(file, `onDivergence must be one of ${ON_DIVERGENCE.join(", ")}`);
  if (keepWarm !== undefined && !(Number.isInteger(keepWarm) && Number(keepWarm) >= 0))
    refuse(file, "keepWarm must be a whole number from 0");
}

/** The rule is that of every retry policy; the error names the file that it stands in. */
function checkRetry(retry: unknown, file: string): void {
  if (typeof retry !== "object" || retry === null) refuse(file, "retry must be a retry policy");
  try {
    retryPolicy(retry);
  } catch (error) {
    if (!isPerdureError(error)) throw error;
    throw perdureError(error.code, { ...error.details, what: `${file}, retry` }, { cause: error });
  }
}

function isListOf(given: unknown, isGood: (entry: string) => boolean): boolean {
  return Array.isArray(given) && given.every((entry) => typeof entry === "string" && isGood(entry));
}

function refuse(what: string, problem: string): never {
  throw perdureError("OPTION_INVALID", { what, problem });
}
