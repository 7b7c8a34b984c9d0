/**
 * The import's tasks in a worker process that is killed: every row has one run, and every order is billed once. Three thousand rows
 * here; all ten thousand are imported where the examples are run as programs.
 */
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { billOrder, importOrders, writeOrders } from "../../examples/csv-import.ts";
import { startBillingApi } from "../../examples/servers/billing-api.ts";
import { temporaryFolder } from "../store/open-toy.ts";
import { perform } from "./perform.ts";

vi.setConfig({ testTimeout: 180_000 });

/** Runs of one worker process that are under way at once. */
const IN_FLIGHT = 100;

async function importAll(rows: number, killAfterWrites?: number) {
  const billing = await startBillingApi();
  onTestFinished(billing.stop);
  const file = join(temporaryFolder(), "orders.csv");
  writeOrders(file, rows);
  const performance = await perform({
    file: "csv-import.ts",
    tasks: [importOrders, billOrder],
    task: importOrders,
    payload: { file },
    variables: { BILLING_API: billing.url, BILLING_KEY: "sk_test" },
    timeoutMs: 150_000,
    // What the step has read is what counts.
    onKilled: () => writeOrders(file, 3),
    ...(killAfterWrites === undefined ? {} : { killAfterWrites }),
  });
  const cents = billing.items.reduce((sum, { amount }) => sum + amount, 0);
  expect(performance).toMatchObject({
    status: "completed",
    attempt: 1,
    kills: killAfterWrites === undefined ? 0 : 1,
    runs: { "import-orders completed": 1, "bill-order completed": rows },
    output: { orders: rows, cents, failed: [] },
  });
  expect(performance.metadata.at(-1)).toEqual({ rows, done: rows });
  expect(new Set(billing.items.map(({ description }) => description)).size).toBe(rows);
  expect(billing.items).toHaveLength(rows);
  return { ...performance, asked: billing.counts["POST /v1/invoiceitems"] ?? 0 };
}

it("bills a thousand orders", async () => {
  const { asked, writes } = await importAll(1_000);
  expect(asked).toBe(1_000);
  expect(writes[0]).toBe("step");
  expect(writes.at(-1)).toBe("children");
});

it.each([
  ["when the file has been read", 1],
  ["when the last child has ended", 2_002],
])("bills them once, killed %s", async (_, killAfterWrites) => {
  const { asked } = await importAll(1_000, killAfterWrites);
  expect(asked).toBeLessThanOrEqual(1_000 + IN_FLIGHT);
});

it("bills three thousand, killed in the middle, and tells how far it is", async () => {
  const { asked, metadata } = await importAll(3_000, 3_000);
  expect(asked).toBeLessThanOrEqual(3_000 + IN_FLIGHT);
  const done = metadata.flatMap(({ done }) => (typeof done === "number" ? [done] : []));
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect([...new Set(done)].slice(-3)).toEqual([1_000, 2_000, 3_000]);
});
