/** What the bundles of released SDKs hold: a task for each thing that code in a run asks of its worker. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import {
  AbortTaskRunError,
  logger,
  metadata,
  rollback,
  runs,
  SubtaskUnwrapError,
  schemaTask,
  step,
  tags,
  task,
  tasks,
  wait,
} from "perdure";

export const child = task({
  id: "child",
  run: async (n: number, { ctx }) => {
    if (n < 0) throw new AbortTaskRunError(`${n} is less than nothing`);
    return { n: n + 1, depth: ctx.run.depth };
  },
});

export const everything = task({
  id: "everything",
  retry: { maxAttempts: 2, minTimeoutInMs: 10 },
  run: async ({ at, names }: { at: Date; names: Set<string> }, { ctx }) => {
    logger.info("begun");
    metadata.set("progress", 0.5);
    await tags.add("seen");
    const key = await step.run("key", ({ idempotencyKey }) => idempotencyKey.length > 0, { key: "once" });
    await wait.for({ milliseconds: 20 });
    logger.info("waited", { names: [...names] });
    await wait.until({ date: at });
    const one = await child.triggerAndWait(1).unwrap();
    const { runs: several } = await child.batchTriggerAndWait([{ payload: 2 }, { payload: -1 }]);
    const unwrapped = await child
      .triggerAndWait(-2)
      .unwrap()
      .catch((error: unknown) => error instanceof SubtaskUnwrapError);
    const inStep = await step.run("trigger", () => tasks.trigger("child", 5));
    const polled = await step.run("poll", async () => (await runs.poll(inStep)).output);
    if (ctx.attempt.number === 1) throw new Error("once more");
    return {
      at,
      names,
      key,
      one,
      several: several.map(({ ok }) => ok),
      unwrapped,
      polled,
      attempt: ctx.attempt.number,
    };
  },
});

export const undone = task({
  id: "undone",
  retry: { maxAttempts: 1 },
  run: async () => {
    await step.run("paid", () => "receipt", {
      undo: (receipt) => void metadata.set("undone", receipt),
    });
    rollback(() => void metadata.set("rolledBack", true));
    await wait.for({ milliseconds: 20 });
    throw new Error("no");
  },
});

const numbers: StandardSchemaV1<number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (given) => (typeof given === "number" ? { value: given * 2 } : { issues: [{ message: "no number" }] }),
  },
};

export const checked = schemaTask({ id: "checked", schema: numbers, run: async (doubled) => doubled });
