import { isInternalTask } from "../core/alerts.ts";
import { perdureError } from "../core/errors.ts";
import { retryPolicy } from "../core/retry.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";

/** Tasks under the name of their version, where versions have names. */
export interface Version {
  readonly id: string;
  readonly tasks: readonly TaskManifest[];
}

/** What a node knows of the code that its workers run. It is replaced as a whole, so nobody sees half of a version. */
export interface Code {
  /** Of the latest version. */
  readonly tasks: ReadonlyMap<string, TaskManifest>;
  readonly defaults: TaskDefaults;
  readonly latestVersion: string | undefined;
  /** By version: a run that waits for a child needs the child as its own version knows it. */
  readonly versions: ReadonlyMap<string, ReadonlyMap<string, TaskManifest>>;
}

export interface FirstCode {
  readonly tasks: readonly TaskManifest[];
  readonly defaults?: TaskDefaults;
  readonly latestVersion?: string;
}

/** @throws {PerdureError} `TASK_DUPLICATE`, or `OPTION_INVALID` for a retry policy out of range: now, not at the first trigger. */
export function firstCode({ tasks, defaults = {}, latestVersion }: FirstCode): Code {
  const byId = checkTasks(tasks, defaults);
  return {
    tasks: byId,
    defaults,
    latestVersion,
    versions: new Map(latestVersion === undefined ? [] : [[latestVersion, byId]]),
  };
}

/** With another version as the latest. @throws as `firstCode`. */
export function withLatest(code: Code, { id, tasks }: Version, defaults: TaskDefaults): Code {
  const byId = checkTasks(tasks, defaults);
  return { tasks: byId, defaults, latestVersion: id, versions: new Map([...code.versions, [id, byId]]) };
}

/** With one more version that runs go on under. */
export function withOlder(code: Code, { id, tasks }: Version): Code {
  if (code.versions.has(id)) return code;
  return { ...code, versions: new Map([...code.versions, [id, checkTasks(tasks, code.defaults)]]) };
}

function checkTasks(tasks: readonly TaskManifest[], defaults: TaskDefaults): ReadonlyMap<string, TaskManifest> {
  const policy = retryPolicy(defaults.retry);
  const byId = new Map<string, TaskManifest>();
  for (const task of tasks) {
    if (isInternalTask(task.id)) throw perdureError("TASK_ID_RESERVED", { task: task.id });
    if (byId.has(task.id)) throw perdureError("TASK_DUPLICATE", { task: task.id });
    retryPolicy(task.retry, policy);
    byId.set(task.id, task);
  }
  return byId;
}
