/**
 * A CSV of 10,000 orders, a run for each of its rows, and progress for whoever looks. The process is killed in the middle, and yet
 * every row has one run and every order is billed once.
 * Run it with `node examples/csv-import.ts`, after `npm run build`. The billing service is played by a server of this machine.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { metadata, step, task } from "perdure";
import { createPerdure } from "perdure/embedded";
import { startBillingApi } from "./servers/billing-api.ts";
import { startLife } from "./servers/lives.ts";

interface Order {
  id: string;
  customer: string;
  cents: number;
}

/** The most that may be triggered in one call. */
const BATCH = 1_000;

export const billOrder = task({
  id: "bill-order",
  run: async ({ id, customer, cents }: Order) => {
    const { BILLING_API = "", BILLING_KEY = "" } = process.env;
    const response = await fetch(`${BILLING_API}/v1/invoiceitems`, {
      method: "POST",
      headers: { authorization: `Bearer ${BILLING_KEY}`, "idempotency-key": `order-${id}` },
      body: new URLSearchParams({ customer, amount: String(cents), currency: "eur", description: `Order ${id}` }),
    });
    if (!response.ok) throw new Error(`Order ${id}: ${response.status} ${await response.text()}`);
    const item = (await response.json()) as { id: string };
    return { item: item.id, cents };
  },
});

export const importOrders = task({
  id: "import-orders",
  run: async ({ file }: { file: string }) => {
    // A file may be another by the next look, and no look at it can be recorded. What a step returns is.
    const orders = await step.run("read", async () => parseOrders(await readFile(file, "utf8")));
    metadata.set("rows", orders.length).set("done", 0);

    let cents = 0;
    const failed: string[] = [];
    for (let from = 0; from < orders.length; from += BATCH) {
      const batch = orders.slice(from, from + BATCH);
      // With its key an order has one child in this run, also when an attempt fails and another begins.
      const items = batch.map((order) => ({ payload: order, options: { idempotencyKey: order.id } }));
      const { runs } = await billOrder.batchTriggerAndWait(items);
      for (const [i, run] of runs.entries()) {
        if (run.ok) cents += run.output.cents;
        else failed.push(batch[i]?.id ?? "");
      }
      metadata.increment("done", runs.length);
    }
    return { orders: orders.length, cents, failed };
  },
});

function parseOrders(csv: string): Order[] {
  const [, ...lines] = csv.trimEnd().split("\n");
  return lines.map((line) => {
    const [id = "", customer = "", euros = ""] = line.split(",");
    return { id, customer, cents: Math.round(Number(euros) * 100) };
  });
}

/** A file to import: `id,customer,euros`, and so many rows. */
export function writeOrders(file: string, rows: number): void {
  const lines = Array.from({ length: rows }, (_, i) => `${i + 1},cus_${(i * 7) % 1_000},${(i % 90) + 0.99}`);
  writeFileSync(file, ["id,customer,euros", ...lines, ""].join("\n"));
}

/** The application: node and worker in one process. */
async function app(): Promise<void> {
  const { IMPORT_DB = ":memory:", IMPORT_FILE = "" } = process.env;
  const perdure = await createPerdure({ db: IMPORT_DB, tasks: [importOrders, billOrder], effects: "auto" });
  const handle = await importOrders.trigger({ file: IMPORT_FILE }, { idempotencyKey: IMPORT_FILE });
  const run = await perdure.runs.poll(handle);
  console.log(run.status, JSON.stringify(run.output), JSON.stringify(run.metadata));
  await perdure.stop();
}

/** The world around it: a file, a billing service, and a power failure. */
async function main(): Promise<void> {
  const billing = await startBillingApi();
  const variables = {
    IMPORT_DB: resolve(`.data/csv-import-${process.pid}.db`),
    IMPORT_FILE: resolve(`.data/orders-${process.pid}.csv`),
    BILLING_API: billing.url,
    BILLING_KEY: "sk_example",
  };
  mkdirSync(".data", { recursive: true });
  writeOrders(variables.IMPORT_FILE, 10_000);

  const first = startLife(import.meta.filename, variables);
  await billing.untilAsked("POST /v1/invoiceitems", 5_000);
  await first.kill();
  console.log("killed when half of the orders were billed");

  console.log(await startLife(import.meta.filename, variables).ended());
  const orders = new Set(billing.items.map(({ description }) => description));
  console.log(`${billing.items.length} invoice items for ${orders.size} orders`);
  billing.stop();
}

if (process.argv[1] === import.meta.filename) await (process.argv[2] === "app" ? app() : main());
