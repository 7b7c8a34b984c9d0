import { perdureError } from "../core/errors.ts";
import { isName, nameRule } from "../core/limits.ts";
import type { StepOptions, StepTools } from "./context.ts";
import { requireRun } from "./host.ts";
import { refuseUnknown } from "./options.ts";

const KNOWN: ReadonlySet<string> = new Set(["key", "undo"]);

export const step = {
  /**
   * Runs a function once and records its result: a continuation of the run in another process gets the result without
   * running it again. A crash between the function's effect and the record repeats it, so hand `idempotencyKey` to services
   * that take one.
   *
   * @param name - What it is called in the run's story. Equal names in one run need `options.key` to survive a new attempt.
   * @returns What the function returned, as plain data (dates, maps and sets survive).
   * @throws Whatever the function threw, in every continuation alike.
   * @throws {PerdureError} `OUTSIDE_RUN`, `STEP_IN_STEP`, `STEP_KEY_MISSING`, `VALUE_NOT_SERIALIZABLE`, `VALUE_TOO_LARGE`.
   */
  run<Result>(
    name: string,
    run: (tools: StepTools) => Result | Promise<Result>,
    options: StepOptions<Result> = {},
  ): Promise<Result> {
    const scope = requireRun(`step.run("${name}")`);
    if (scope.stepName !== undefined) throw perdureError("STEP_IN_STEP", { inner: name, step: scope.stepName });
    refuseUnknown(options, KNOWN, `step ${name}`);
    checkName("name", name);
    if (options.key !== undefined) checkName("key", String(options.key));
    return scope.step(name, run, options);
  },
};

/**
 * Registers an undo without a step: `undo` runs, as a step, when the run ends as failed or canceled.
 *
 * @param options.key - Tells the rollbacks of one run apart across attempts, as the key of a step does.
 */
export async function rollback(undo: () => unknown, options: Pick<StepOptions<void>, "key"> = {}): Promise<void> {
  refuseUnknown(options, new Set(["key"]), "rollback()");
  await step.run("rollback", () => undefined, { ...options, undo });
}

function checkName(what: string, name: string): void {
  if (!isName(name))
    throw perdureError("OPTION_INVALID", { what: `The ${what} of a step`, problem: `it ${nameRule()}` });
}
