/**
 * A run can start other runs and wait for them without holding a slot. A child's end and the parent's waking are one
 * transaction, so neither is lost in a crash.
 * Run it with `node examples/children.ts`, after `npm run build`.
 */
import { batch, SubtaskUnwrapError, task } from "perdure";
import { createPerdure } from "perdure/embedded";

const square = task({
  id: "square",
  retry: { maxAttempts: 1 },
  run: ({ n }: { n: number }) => {
    if (n < 0) throw new Error(`${n} is negative`);
    return n * n;
  },
});

const shout = task({ id: "shout", run: ({ text }: { text: string }) => text.toUpperCase() });

const parent = task({
  id: "parent",
  run: async () => {
    // One child: unwrap() gives its output, or throws what it failed with.
    const nine = await square.triggerAndWait({ n: 3 }).unwrap();

    // Many children of one task: each result says whether it is one.
    const { runs } = await square.batchTriggerAndWait([{ payload: { n: 4 } }, { payload: { n: -1 } }]);
    const squares = runs.map((run) => (run.ok ? run.output : run.error.message));

    // Children of several tasks, each result with its own type.
    const mixed = await batch.triggerByTaskAndWait([
      { task: square, payload: { n: 5 } },
      { task: shout, payload: { text: "done" } },
    ]);
    const [twentyFive, done] = mixed.runs;

    const problem = await square
      .triggerAndWait({ n: -2 })
      .unwrap()
      .catch((error: unknown) => error);
    return {
      nine,
      squares,
      mixed: [twentyFive.ok && twentyFive.output, done.ok && done.output],
      problem: problem instanceof SubtaskUnwrapError ? problem.message : undefined,
    };
  },
});

const perdure = await createPerdure({ db: ":memory:", tasks: [parent, square, shout] });

const run = await perdure.runs.poll(await parent.trigger(undefined));
console.log(JSON.stringify(run.output));
await perdure.stop();
