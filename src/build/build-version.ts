import { mkdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Env } from "../core/env.ts";
import type { PerdureConfig } from "../core/project-config.ts";
import { bundleTasks } from "./bundle.ts";
import { findTasks } from "./index-version.ts";
import { readLockText } from "./lock-text.ts";
import { findTaskFiles } from "./task-files.ts";
import { completeVersion, placeVersion, readVersion, type VersionManifest, writeBundle } from "./version-folder.ts";
import { versionId } from "./version-id.ts";

export interface BuildOptions {
  /** The project's folder. */
  readonly root: string;
  readonly config: PerdureConfig;
  /** Where versions lie, each in a folder of its own; made when it is missing. */
  readonly outDir: string;
  readonly env: Env;
  /** Environment variables of the tasks, which they may read while they are imported. Default: none. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Variables that the tasks have no right to; an import that fails after it asked for one is told why. Default: none. */
  readonly unnamed?: readonly string[];
  /** How long importing the task files may take. Default: 30 s. */
  readonly indexTimeoutMs?: number;
  /** Ends the import early; what is thrown then is its reason. */
  readonly signal?: AbortSignal;
}

export interface BuiltVersion {
  readonly folder: string;
  /** False when the same version was there already. */
  readonly isNew: boolean;
  readonly version: VersionManifest;
  /** The files in it, as paths from the project's root. */
  readonly inputs: readonly string[];
  /** For people, one line each: what will not work as it should. */
  readonly warnings: readonly string[];
}

const INDEX_TIMEOUT_MS = 30_000;

/**
 * Makes the version of a project's task files, or finds it when it was made before.
 *
 * @throws {PerdureError} `TASK_FILES_MISSING`, `BUILD_FAILED`, and whatever `indexVersion` finds wrong; nothing is left behind.
 */
export async function buildVersion(options: BuildOptions): Promise<BuiltVersion> {
  const root = await realpath(options.root);
  const files = await findTaskFiles(root, options.config.dirs);
  const outDir = await makeFolder(resolve(root, options.outDir));
  const { external = [] } = options.config;
  const bundle = await bundleTasks({ root, files, external, folder: join(outDir, "version") });
  const id = versionId(bundle, await readLockText(root));
  const folder = join(outDir, id);
  const present = await readVersion(folder);
  const { inputs, warnings } = bundle;
  if (present !== undefined) return { folder, isNew: false, version: present, inputs, warnings };
  const { env, variables = {}, unnamed = [], indexTimeoutMs: timeoutMs = INDEX_TIMEOUT_MS, signal } = options;
  const indexing = { root, env, variables, unnamed, timeoutMs, ...(signal === undefined ? {} : { signal }) };
  const version = await placeVersion(folder, async (draft) => {
    await writeBundle(draft, bundle);
    const found = await findTasks(draft, indexing);
    return completeVersion(draft, bundle, { id, createdFrom: files, found });
  });
  return { folder, isNew: true, version, inputs, warnings };
}

async function makeFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return await realpath(path);
}
