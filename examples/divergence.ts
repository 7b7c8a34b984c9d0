/**
 * What happens when code changes under a run that is under way: it is held, and shows the difference. Here a variable plays the
 * part of a deploy.
 * Run it with `node examples/divergence.ts`, after `npm run build`.
 */
import { step, task, wait } from "perdure";
import { createTestPerdure } from "perdure/testing";

let deployed = 1;

const bill = task({
  id: "bill",
  run: async () => {
    const amount = await step.run("measure", () => 40 + deployed);
    if (deployed === 1) await step.run("charge", () => undefined);
    else await step.run("charge by card", () => undefined);
    await wait.for("1 day");
    return amount;
  },
});

const perdure = await createTestPerdure({ tasks: [bill], onDivergence: "hold" });

const handle = await perdure.tasks.trigger(bill, undefined);
await perdure.advance("1 hour");
deployed = 2;
await perdure.advance("2 days");

for (const { kind, details } of await perdure.runs.events(handle)) {
  if (kind === "run.held") console.log((details as { diff: string }).diff);
}

// A person looks at it, and lets it begin its attempt anew with the steps it kept.
await perdure.runs.restart(handle);
const run = await perdure.untilFinal(handle);
console.log(`${run.status}: ${run.output}`);
await perdure.stop();
