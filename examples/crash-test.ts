/**
 * Would your code survive a crash? Kill its worker after each entry of the journal, let another one continue, and compare.
 * Run it with `node examples/crash-test.ts`, after `npm run build`.
 */
import assert from "node:assert/strict";
import { step, task, wait } from "perdure";
import { createTestPerdure } from "perdure/testing";

const stored: number[] = [];

const price = task({ id: "price", run: ({ article }: { article: string }) => article.length * 10 });

const quote = task({
  id: "quote",
  run: async ({ articles }: { articles: string[] }) => {
    const { runs } = await price.batchTriggerAndWait(articles.map((article) => ({ payload: { article } })));
    await wait.for("1 day");
    const total = runs.reduce((sum, run) => sum + (run.ok ? run.output : 0), 0);
    await step.run("store", () => void stored.push(total));
    return total;
  },
});

const payload = { articles: ["book", "lamp"] };

const undisturbed = await createTestPerdure({ tasks: [quote, price] });
const expected = await undisturbed.run(quote, payload);
const places = undisturbed.entries;
await undisturbed.stop();

for (let place = 1; place <= places; place++) {
  const perdure = await createTestPerdure({ tasks: [quote, price], crashAfterEntries: place });
  const run = await perdure.run(quote, payload);
  assert.equal(run.output, expected.output);
  await perdure.stop();
}
console.log(`The total is ${expected.output}, whether undisturbed or killed at any of ${places} places`);
