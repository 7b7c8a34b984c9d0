/**
 * An agent with tools and streamed answers in a worker process that is killed: what its tools did is done once, and no call of the model
 * whose answer was on disk is made again.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { agentsScript } from "../../examples/servers/agents-script.ts";
import { startShopServer } from "../../examples/servers/shop-server.ts";
import { until } from "./application.ts";
import { type Moment, startAgents } from "./killed-agents.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let orders = 0;
const OUTPUT =
  "I am sorry that it came broken, and have sent you the money back. Has the money come by now, and is there anything else that I can do?";

let onRefund: () => void = () => undefined;
let shop: Awaited<ReturnType<typeof startShopServer>>;
let agents: Awaited<ReturnType<typeof startAgents>>;
beforeAll(async () => {
  shop = await startShopServer(() => onRefund());
  agents = await startAgents(agentsScript, { delayMs: 20, pauseMs: 10 }, { SHOP_URL: shop.url });
});
afterAll(async () => {
  await agents.stop();
  await shop.stop();
});

/** @returns What was asked and done because of one complaint, also in the shop and in the ledger. */
async function complain(moment?: Moment) {
  const folder = mkdtempSync(join(tmpdir(), "perdure-ledger-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = join(folder, "ledger");
  const before = { asked: shop.seen.length, refunds: shop.refunds.size };
  const letter = `The lamp of order ${++orders} came broken. I would like my money back.`;
  const run = await agents.perform("complaint", { letter, ledger, pause: "1s" }, moment);
  onRefund = () => undefined;
  const asked = shop.seen.slice(before.asked);
  return {
    ...run,
    row: {
      calls: run.calls.length,
      orders: asked.filter(({ method }) => method === "GET").length,
      posts: asked.filter(({ method }) => method === "POST").length,
      refunds: shop.refunds.size - before.refunds,
      lines: readFileSync(ledger, "utf8").trim().split("\n").length,
    },
  };
}

const PLACES: readonly {
  readonly killed: string;
  readonly moment?: Moment;
  readonly calls: number;
  readonly posts: number;
  readonly kills: number;
}[] = [
  { killed: "not at all", calls: 5, posts: 1, kills: 0 },
  { killed: "in the middle of its first answer", moment: { call: 1, events: 6 }, calls: 6, posts: 1, kills: 1 },
  {
    killed: "while its refund is under way",
    moment: {
      when(kill) {
        onRefund = kill;
      },
    },
    calls: 5,
    posts: 2,
    kills: 1,
  },
  { killed: "in the call after it wrote to the ledger", moment: { call: 4 }, calls: 6, posts: 1, kills: 1 },
  { killed: "while it waits for a day to pass", moment: { when: killWaiting }, calls: 5, posts: 1, kills: 0 },
  { killed: "in the middle of its last answer", moment: { call: 5, events: 8 }, calls: 6, posts: 1, kills: 1 },
];

it.each(PLACES)(
  "refunds once and writes one line when it is killed $killed",
  async ({ moment, kills, calls, posts }) => {
    const run = await complain(moment);
    expect(run).toMatchObject({ status: "completed", attempt: 1, output: OUTPUT });
    // Of a process that held no run, nobody says how it ended.
    expect(run.kills).toBe(kills);
    expect(run.row).toEqual({ calls, orders: 1, posts, refunds: 1, lines: 1 });
    for (const name of run.finished) expect(run.calls.filter((other) => other === name)).toEqual([name]);
    expect(run.events).not.toContain("step.uncertain");
    expect(run.events.some((kind) => kind === "effect.uncertain")).toBe(kills > 0);
  },
);

it("shows in its metadata what it has said so far", async () => {
  const said = new Set<unknown>();
  await complain({
    async when(_, runId) {
      for (let status = ""; status !== "completed"; ) {
        const view = await agents.node.calls.retrieve({ runId });
        status = view.status;
        if (view.metadata !== undefined) said.add((JSON.parse(view.metadata) as { said?: string }).said);
        await pause(5);
      }
    },
  });
  expect([...said]).toContain(`Let me look at order ${orders}. `);
  expect([...said]).toContain(`Let me look at order ${orders}. It is a lamp for 40 €. `);
});

it("leaves no problem behind", () => {
  expect(agents.problems).toEqual([]);
});

it("has a page that gives the same numbers", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/examples/agent-loop.md"), "utf8");
  const rows = PLACES.map(({ killed, calls, posts }) => `| ${killed} | ${calls} | ${posts} | 1 | 1 |`);
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});

async function killWaiting(kill: () => void, runId: string): Promise<void> {
  await until(async () => (await agents.node.calls.retrieve({ runId })).status === "waiting");
  kill();
}
