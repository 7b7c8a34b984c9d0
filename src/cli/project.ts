import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BuiltVersion, buildVersion, findTaskFiles, loadConfig } from "../build/index.ts";
import { childEnvironment } from "../core/child-environment.ts";
import { type EffectPolicy, effectPolicy, refuseUnrecordable } from "../core/effect-mode.ts";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { PerdureConfig } from "../core/project-config.ts";
import type { Runtime } from "../core/runtime.ts";
import { unnamedVariables } from "../core/unnamed-variables.ts";
import { PERDURE_FOLDER } from "./folder.ts";

/** A project as it was when it was read: the version of its task files, and what its configuration says. */
export interface Project {
  readonly root: string;
  readonly config: PerdureConfig;
  readonly built: BuiltVersion;
  readonly variables: TaskVariables;
  /** How effects outside of steps are treated where a task says nothing. */
  readonly effects: EffectPolicy;
}

/** What tasks see of the environment. */
export interface TaskVariables {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Those that they get, of all these. */
  readonly variableNames: readonly string[];
  /** Those of which the configuration knows nothing: reading one is told of. */
  readonly unnamed: readonly string[];
}

export interface ProjectOptions {
  /** The project's folder. */
  readonly root: string;
  readonly env: Env;
  readonly environment: TaskVariables["environment"];
  /** Variables that tasks get although the configuration does not name them. */
  readonly alsoGiven: readonly string[];
  /** Ends it early; what is thrown then is its reason. */
  readonly signal?: AbortSignal;
}

export function versionsFolder(root: string): string {
  return join(root, PERDURE_FOLDER, "versions");
}

/**
 * Reads the project and makes the version of its task files, or finds it when it was made before.
 *
 * @throws {PerdureError} what `loadConfig` and `buildVersion` throw; `RUNTIME_MISSING`, `EFFECTS_UNSUPPORTED`.
 */
export async function readProject({ root, env, environment, alsoGiven, signal }: ProjectOptions): Promise<Project> {
  const config = await loadConfig(root);
  // What is no project is left as it is.
  await findTaskFiles(root, config.dirs);
  const { runtime = "node" } = config;
  await findRuntime(runtime);
  // Before anything lies in it: the database and its key are for nobody else.
  await mkdir(join(root, PERDURE_FOLDER), { recursive: true, mode: 0o700 });
  const named = config.variables ?? [];
  const variables: TaskVariables = {
    environment,
    variableNames: [...named, ...alsoGiven],
    unnamed: unnamedVariables(environment, named),
  };
  const built = await buildVersion({
    root,
    config,
    outDir: versionsFolder(root),
    env,
    variables: childEnvironment(environment, variables.variableNames),
    unnamed: variables.unnamed,
    ...(signal === undefined ? {} : { signal }),
  });
  const effects = effectPolicy(undefined, config.effects, "auto");
  refuseUnrecordable(runtime, built.version.tasks, effects);
  return { root, config, built, variables, effects };
}

/** @throws {PerdureError} `RUNTIME_MISSING` unless a program of this name can be run. */
async function findRuntime(runtime: Runtime): Promise<void> {
  if (runtime === "node") return;
  try {
    await promisify(execFile)(runtime, ["--version"]);
  } catch (error) {
    throw perdureError("RUNTIME_MISSING", { runtime }, { cause: error });
  }
}

/** Would it be served in another way? */
export function isOther(a: Project, b: Project | undefined): boolean {
  return b === undefined || servedAs(a) !== servedAs(b);
}

function servedAs({ config, built, variables: { environment, variableNames, unnamed } }: Project): string {
  return JSON.stringify([built.version.id, config, childEnvironment(environment, variableNames), unnamed]);
}
