import { pathToFileURL } from "node:url";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { type AnyTask, isTask } from "../sdk/index.ts";

/**
 * The tasks of a module, by their ids.
 *
 * @throws {PerdureError} `TASKS_UNREADABLE` when the module does not load, or lacks one of the tasks.
 */
export async function loadTasks(module: string, ids: readonly string[]): Promise<readonly AnyTask[]> {
  const exported = Object.values(await load(module)).filter(isTask);
  const missing = ids.find((id) => !exported.some((task) => task.id === id));
  if (missing !== undefined)
    throw perdureError("TASKS_UNREADABLE", { module, problem: `it exports no task ${missing}` });
  // A task that is exported under two names is one task.
  return [...new Set(exported)].filter(({ id }) => ids.includes(id));
}

async function load(module: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(module).href);
  } catch (error) {
    const problem = isPerdureError(error) ? error.sentence : String(error);
    throw perdureError("TASKS_UNREADABLE", { module, problem: problem.replace(/\.$/, "") }, { cause: error });
  }
}
