import { decodeValue, encodeValue } from "../core/codec.ts";
import { perdureError } from "../core/errors.ts";
import { type Failure, failureOf } from "../core/failure.ts";
import { type AnyTask, DEFINITION, validPayload } from "../sdk/index.ts";
import { inScope } from "./context.ts";
import type { Execution } from "./execution.ts";
import { createScope } from "./scope.ts";

/** Why an execution has come to a halt. */
export type Halt =
  | { readonly kind: "returned"; readonly output?: string }
  | { readonly kind: "threw"; readonly failure: Failure; readonly resumeBefore?: string }
  | { readonly kind: "canceled" }
  | { readonly kind: "diverged"; readonly diff: string }
  /** Every branch waits for something; the waitpoints are named. */
  | { readonly kind: "blocked"; readonly waitingOn: readonly string[] }
  /** The run is somebody else's now. */
  | { readonly kind: "lost" };

/** Errors of ours that another attempt would only repeat. */
const NEVER_RETRIED: ReadonlySet<string> = new Set(["PAYLOAD_INVALID", "PAYLOAD_UNREADABLE", "STEP_KEY_MISSING"]);
/** So would these, which clients wrap into errors of their own; and another attempt would make the request that is not to be made again. */
const NEVER_RETRIED_AS_CAUSE: ReadonlySet<string> = new Set(["EFFECT_REFUSED", "EFFECT_UNCERTAIN"]);

/** Runs a task's code from the top, in the scope of its run. How it gets its results is the journal's affair. */
export async function runCode(
  execution: Execution,
  task: AnyTask,
): Promise<Extract<Halt, { kind: "returned" | "threw" }>> {
  const { payload } = execution.run;
  const scope = createScope(execution);
  const { ctx, signal } = scope;
  try {
    const given = await validPayload(task, payload === undefined ? undefined : decoded(payload, task.id));
    const output = await inScope(scope, () => task[DEFINITION].run(given, { ctx, signal }));
    return output === undefined
      ? { kind: "returned" }
      : { kind: "returned", output: encodeValue(output, `The output of task ${task.id}`) };
  } catch (thrown) {
    const failure = failureOf(thrown);
    return { kind: "threw", failure: isNeverRetried(failure) ? failureOf(thrown, "bad_input") : failure };
  }
}

function isNeverRetried(failure: Failure): boolean {
  const { code } = failure;
  return (code !== undefined && NEVER_RETRIED.has(code)) || isCausedByRefusal(failure);
}

function isCausedByRefusal({ code, cause }: Failure): boolean {
  if (code !== undefined && NEVER_RETRIED_AS_CAUSE.has(code)) return true;
  return cause !== undefined && isCausedByRefusal(cause);
}

/** What was uploaded was not looked at before. */
function decoded(payload: string, task: string): unknown {
  try {
    return decodeValue(payload);
  } catch (error) {
    throw perdureError("PAYLOAD_UNREADABLE", { task, problem: (error as Error).message }, { cause: error });
  }
}
