/**
 * A failed attempt is followed by another. Steps that completed are not executed again: their results are kept.
 * Run it with `node examples/steps-and-retry.ts`, after `npm run build`.
 */
import { AbortTaskRunError, step, task } from "perdure";
import { createPerdure } from "perdure/embedded";

let charges = 0;
let mails = 0;

const order = task({
  id: "order",
  retry: { maxAttempts: 3, minTimeoutInMs: 100 },
  run: async ({ articles }: { articles: string[] }, { ctx }) => {
    if (articles.length === 0) throw new AbortTaskRunError("Nothing was ordered"); // another attempt would not help

    const chargeId = await step.run("charge", ({ idempotencyKey }) => {
      charges++; // pass idempotencyKey to the payment service: a crash before the record repeats this step
      return `charge-${idempotencyKey.length}`;
    });
    // Steps of one name need a key, so that a new attempt can tell whose result is whose.
    for (const article of articles) {
      await step.run("mail", () => void mails++, { key: article });
    }
    await step.run("ship", () => {
      if (ctx.attempt.number === 1) throw new Error("The parcel service is away");
    });
    return chargeId;
  },
});

const perdure = await createPerdure({ db: ":memory:", tasks: [order] });

const run = await perdure.runs.poll(await order.trigger({ articles: ["book", "lamp", "rug"] }));
console.log(`${run.status} in attempt ${run.attemptCount}: ${charges} charge, ${mails} mails`);

const empty = await perdure.runs.poll(await order.trigger({ articles: [] }));
console.log(`${empty.status} in attempt ${empty.attemptCount}: ${empty.error?.message}`);
await perdure.stop();
