/**
 * A process that imports a version as a worker does, calls the run function of one task, and prints what came of it:
 * `node run-task.ts <bundle> <task id>`.
 */
import { pathToFileURL } from "node:url";
import { DEFINITION, isTask } from "../../src/sdk/index.ts";

/** What the process prints, as JSON. */
export interface TaskCall {
  readonly output?: unknown;
  readonly stack?: string;
  /** Of the class of what was thrown. */
  readonly name?: string;
}

const [, , bundle = "", id] = process.argv;
const exported: Record<string, unknown> = await import(pathToFileURL(bundle).href);
const task = Object.values(exported)
  .filter(isTask)
  .find((candidate) => candidate.id === id);
try {
  tell({ output: await task?.[DEFINITION].run(undefined, {} as never) });
} catch (thrown) {
  const error = thrown as Error;
  tell({ stack: String(error.stack), name: error.constructor.name });
}

function tell(call: TaskCall): void {
  console.log(JSON.stringify(call));
}
