/** The five patterns of agents in worker processes that are killed: no call of the model whose answer was on disk is made again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { agentsScript } from "../../examples/servers/agents-script.ts";
import { startAgents } from "./killed-agents.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PATTERNS = [
  {
    name: "Prompt chaining",
    task: "announce",
    payload: { product: "Perdure" },
    output: "Perdure est là : c'est gratuit, essayez dès aujourd'hui !",
    calls: 3,
    /** Calls during which it is killed, each in a run of its own. */
    during: 2,
    /** Numbers of entries after which it is killed. */
    after: [4],
  },
  {
    name: "Routing",
    task: "answer",
    payload: { question: "Why did invoice 4711 come twice?" },
    output: "billing: Invoice 4711 is over 40 €, due on 1 March.",
    calls: 2,
    during: 2,
    after: [2],
  },
  {
    name: "Parallelization",
    task: "review",
    payload: { code: "x()" },
    output: "First: The query is put together from what users typed. Then 2 more.",
    calls: 4,
    during: 4,
    after: [3, 4, 5],
  },
  {
    name: "Orchestrator and workers",
    task: "write-guide",
    payload: { subject: "tomatoes" },
    output: "This guide has 3 chapters: Soil, Water, Light.",
    calls: 5,
    during: 5,
    after: [2, 6, 7],
  },
  {
    name: "Evaluator and optimizer",
    task: "name-it",
    payload: { thing: "a library" },
    output: "Perdu",
    calls: 6,
    during: 4,
    after: [9],
  },
];

let agents: Awaited<ReturnType<typeof startAgents>>;
beforeAll(async () => {
  agents = await startAgents(agentsScript, { delayMs: 30, pauseMs: 0 });
});
afterAll(() => agents.stop());

describe.each(PATTERNS)("$name", ({ task, payload, output, calls, during, after }) => {
  it("makes each call of the model once when nobody disturbs it", async () => {
    const run = await agents.perform(task, payload);
    expect(run).toMatchObject({ status: "completed", attempt: 1, output, kills: 0 });
    expect(new Set(run.calls).size).toBe(calls);
    expect(run.calls).toHaveLength(calls);
  });

  it("makes one call twice when it is killed during that one", async () => {
    const run = await agents.perform(task, payload, { call: during });
    expect(run).toMatchObject({ status: "completed", attempt: 1, output, kills: 1, inFlight: 1 });
    const repeated = run.calls.filter((name, i) => run.calls.indexOf(name) !== i);
    expect(repeated).toEqual([run.calls[during - 1]]);
  });

  it.each(after)("makes no call twice whose answer is on disk when it is killed after entry %i", async (entries) => {
    const run = await agents.perform(task, payload, { entries });
    expect(run).toMatchObject({ status: "completed", attempt: 1, output, kills: 1 });
    for (const name of run.finished) expect(run.calls.filter((other) => other === name)).toEqual([name]);
    expect(run.calls.length).toBeLessThanOrEqual(calls + run.inFlight);
  });
});

it("has a page that gives the same numbers", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/examples/agent-patterns.md"), "utf8");
  const rows = PATTERNS.map(({ name, calls, during }) => `| ${name} | ${calls} | call ${during} | ${calls + 1} |`);
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});

it("leaves no problem behind", () => {
  expect(agents.problems).toEqual([]);
});
