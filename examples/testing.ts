/**
 * The test kit keeps everything in memory and lets virtual time pass: a wait of ten days is a test of milliseconds. Each wait
 * continues by replay, as after a crash, so code that a crash would break fails in its test.
 * Run it with `node examples/testing.ts`, after `npm run build`. In a test, the assertions are those of your test runner.
 */
import assert from "node:assert/strict";
import { step, task, wait } from "perdure";
import { createTestPerdure } from "perdure/testing";

const sent: string[] = [];

const onboard = task({
  id: "onboard",
  run: async ({ email }: { email: string }) => {
    await step.run("welcome", () => void sent.push(`welcome ${email}`));
    await wait.for("10 days");
    await step.run("follow up", () => void sent.push(`follow up ${email}`));
    return sent.length;
  },
});

const perdure = await createTestPerdure({ tasks: [onboard] });

// To the end:
const begun = perdure.now();
const run = await perdure.run(onboard, { email: "ada@example.org" });
assert.equal(run.status, "completed");
assert.deepEqual(sent, ["welcome ada@example.org", "follow up ada@example.org"]);
const days = (perdure.now().getTime() - begun.getTime()) / 86_400_000;

// Or step by step:
const handle = await perdure.tasks.trigger(onboard, { email: "bob@example.org" });
await perdure.advance("9 days");
assert.ok((await perdure.runs.retrieve(handle)).isWaiting);
await perdure.advance("1 day");
assert.equal((await perdure.untilFinal(handle)).output, 4);

console.log(`${Math.round(days)} days passed, ${sent.length} mails sent`);
await perdure.stop();
