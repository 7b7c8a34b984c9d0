/**
 * Asking twice with the same key starts one run. So a request that got no answer can simply be repeated.
 * Run it with `node examples/idempotency.ts`, after `npm run build`.
 */
import { task } from "perdure";
import { createPerdure } from "perdure/embedded";

let invoices = 0;

const invoice = task({
  id: "invoice",
  run: ({ order }: { order: string }) => {
    invoices++;
    return `invoice for ${order}`;
  },
});

const perdure = await createPerdure({ db: ":memory:", tasks: [invoice] });

const options = { idempotencyKey: "order-7", idempotencyKeyTTL: "24h" };
const first = await invoice.trigger({ order: "7" }, options);
const second = await invoice.trigger({ order: "7" }, options);
console.log(`same run: ${first.id === second.id}, first cached: ${first.isCached}, second cached: ${second.isCached}`);

const run = await perdure.runs.poll(second);
console.log(`${run.output}, executed ${invoices} time`);
await perdure.stop();
