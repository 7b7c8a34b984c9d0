/**
 * The import as a user of Perdure would write it: a parent, a child for each chunk, a step for each group of rows, and waits.
 * In a project of your own the import below reads `from "perdure"`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { step, task, wait } from "../src/sdk/index.ts";
import { ALL, labelOf, type Range, rowsOf, splitRange } from "./data-set.ts";
import { life } from "./life.ts";

export const CHUNK_ROWS = 400;
export const GROUP_ROWS = 50;
export const MAX_ATTEMPTS = 3;

/** What the import returns. It must not depend on how often it was interrupted. */
export interface ImportReport {
  readonly chunks: number;
  readonly regions: number;
  readonly countries: number;
  readonly rejected: readonly { readonly chunk: string; readonly problem: string }[];
}

export const importChunk = task({
  id: "import-chunk",
  queue: { concurrencyLimit: 3 },
  retry: { maxAttempts: MAX_ATTEMPTS, minTimeoutInMs: 200, maxTimeoutInMs: 400 },
  run: async (chunk: Range, { ctx }) => {
    const groups = splitRange(chunk, GROUP_ROWS);
    const half = Math.ceil(groups.length / 2);

    const first = await writeGroups(groups.slice(0, half), ctx.attempt.number);
    await wait.for("1s");
    const second = await writeGroups(groups.slice(half), ctx.attempt.number);

    const problems = [...first, ...second];
    if (problems.length > 0) throw new Error(problems.join("; "));
    life().reach("child-end");
    return { rows: chunk.to - chunk.from + 1 };
  },
});

export const importRegions = task({
  id: "import-regions",
  run: async (_: undefined, { ctx }): Promise<ImportReport> => {
    const chunks = await traced("plan the import", ctx.attempt.number, () => splitRange(ALL, CHUNK_ROWS));
    await wait.for("1s");
    const { runs } = await importChunk.batchTriggerAndWait(chunks.map((chunk) => ({ payload: chunk })));
    const counts = await traced("count the result", ctx.attempt.number, () => life().results.count());

    const rejected = runs.flatMap((run, i) => {
      const chunk = chunks[i];
      return run.ok || chunk === undefined ? [] : [{ chunk: labelOf(chunk), problem: run.error.message }];
    });
    return { chunks: chunks.length, ...counts, rejected };
  },
});

/** Writes groups side by side. @returns What went wrong, so that one bad group does not keep the others out. */
async function writeGroups(groups: readonly Range[], attempt: number): Promise<readonly string[]> {
  const written = await Promise.allSettled(
    groups.map((group) => traced(labelOf(group), attempt, () => life().results.write(rowsOf(group)), group.from)),
  );
  return written.flatMap((outcome) => (outcome.status === "rejected" ? [messageOf(outcome.reason)] : []));
}

/** `step.run`, with a line in the trace for each thing that happens, and the places where the process may kill itself. */
async function traced<Result>(name: string, attempt: number, effect: () => Result, key?: number): Promise<Result> {
  const { trace, number } = life();
  const { execution, result } = await step.run(
    name,
    async () => {
      const place = { step: name, execution: life().newExecution(), life: number };
      trace.add({ kind: "began", ...place, attempt });
      await pause(60);
      life().reach("before-effect");
      try {
        const result = effect();
        trace.add({ kind: "effect", ...place });
        life().reach("before-record");
        return { execution: place.execution, result };
      } catch (error) {
        trace.add({ kind: "threw", ...place });
        throw error;
      }
    },
    key === undefined ? {} : { key },
  );
  // Outside the step, so a replay comes by here again, with the result that was recorded.
  trace.add({ kind: "given", step: name, execution, life: number });
  return result;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
