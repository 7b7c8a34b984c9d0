import { perdureError } from "../core/errors.ts";
import { findPlace } from "../core/stack-place.ts";
import type { FoundTask, IndexAnswer } from "./index-process.ts";

/** How the process that imports a version ended, or was ended. */
export type IndexEnding =
  | IndexAnswer
  | { readonly kind: "hung"; readonly timeoutMs: number }
  | { readonly kind: "exited"; readonly code: number | null; readonly signal: string | null; readonly output: string };

/** Node's exit code for a module that waits for what nothing will bring about. */
const UNSETTLED_AWAIT = 13;

/**
 * The tasks that the process found, or why there are none.
 *
 * @throws {PerdureError} `TASK_FILE_THREW`, `TASK_FILES_HUNG`, `TASK_FILES_EXITED`, `TASKS_NOT_EXPORTED`, `TASK_DUPLICATE`.
 */
export function tasksOf(ending: IndexEnding, root: string): readonly FoundTask[] {
  switch (ending.kind) {
    case "loaded":
      return checkTasks(ending.tasks);
    case "threw":
      throw perdureError("TASK_FILE_THREW", {
        where: findPlace(ending.stack, root) ?? "A task file",
        problem: `${ending.message.replace(/\.$/, "")}${blame(ending.unnamed)}`,
      });
    case "hung":
      throw perdureError("TASK_FILES_HUNG", { seconds: ending.timeoutMs / 1_000 });
    case "exited":
      throw perdureError("TASK_FILES_EXITED", { how: describe(ending), output: ending.output });
  }
}

/** Code that finds a key missing rarely says why it is. */
function blame(unnamed: readonly string[]): string {
  if (unnamed.length === 0) return "";
  return ` (it had read ${unnamed.join(", ")}, which tasks get only when perdure.config.ts names it in variables)`;
}

function checkTasks(tasks: readonly FoundTask[]): readonly FoundTask[] {
  if (tasks.length === 0) throw perdureError("TASKS_NOT_EXPORTED");
  const fileOf = new Map<string, string>();
  for (const { file, manifest } of tasks) {
    const other = fileOf.get(manifest.id);
    if (other !== undefined) {
      const where = other === file ? `, both in ${file}` : `, one in ${other} and one in ${file}`;
      throw perdureError("TASK_DUPLICATE", { task: manifest.id, where });
    }
    fileOf.set(manifest.id, file);
  }
  return tasks;
}

function describe({ code, signal }: { readonly code: number | null; readonly signal: string | null }): string {
  if (signal !== null) return `by the signal ${signal}`;
  return code === UNSETTLED_AWAIT ? "at an await that never settles" : `with exit code ${code}`;
}
