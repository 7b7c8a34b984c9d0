/**
 * A queue with a limit, and what an operator does to it: another limit, a pause, and the question why a run does not run.
 * Run it with `node examples/queues.ts`, after `npm run build`.
 */
import { task } from "perdure";
import { createPerdure } from "perdure/embedded";

const send = task({
  id: "send",
  queue: { name: "mail", concurrencyLimit: 5 },
  run: async (to: string) => `sent to ${to}`,
});

const perdure = await createPerdure({ db: ":memory:", tasks: [send] });

// The provider is down: nothing of the queue begins, what executes goes on.
await perdure.queues.pause("mail");
const handle = await send.trigger("ada@example.org");
const { reason } = await perdure.runs.explain(handle);
console.log(reason);

// It is back, and bears less than before.
await perdure.queues.overrideConcurrencyLimit("mail", 2);
await perdure.queues.resume("mail");
console.log((await perdure.runs.poll(handle)).output);

const { concurrency } = await perdure.queues.resetConcurrencyLimit("mail");
console.log("limit", concurrency.current);
await perdure.stop();
