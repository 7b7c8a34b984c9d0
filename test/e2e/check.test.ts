/** `perdure check` in a project of its own: real processes, real requests, and a verdict for each kind of task. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { makeProject } from "../build/project.ts";

vi.setConfig({ testTimeout: 120_000 });
const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;

const TASKS = `import { appendFileSync } from "node:fs";
import { step, task, wait } from "perdure";

const site = process.env.SITE;

export const good = task({
  id: "good",
  run: async (orders: number) => {
    console.log("nobody's business");
    const list = await (await fetch(site + "/list")).text();
    const sent = [];
    for (let n = 0; n < orders; n++) sent.push(await step.run("order", () => list.length + n, { key: String(n) }));
    await wait.for("10 days");
    return { sent, at: new Date() };
  },
});

export const posting = task({
  id: "posting",
  run: async () => (await fetch(site + "/orders", { method: "POST", body: "{}" })).status,
});

export const writing = task({
  id: "writing",
  run: async () => {
    await fetch(site + "/list");
    appendFileSync("written.txt", "once\\n");
    await step.run("after", () => 1);
  },
});

let calls = 0;
export const wandering = task({
  id: "wandering",
  run: async () => {
    calls++;
    await step.run(calls === 1 ? "first" : "second", () => 1);
    return step.run("last", () => 2);
  },
});

let known = 0;
export const remembering = task({
  id: "remembering",
  run: async () => {
    known++;
    await step.run("look", () => 1);
    return { known };
  },
});

export const failing = task({
  id: "failing",
  retry: { maxAttempts: 1 },
  run: async () => {
    throw new Error("it never works");
  },
});

export const endless = task({
  id: "endless",
  run: async () => {
    for (;;);
  },
});
`;

const asked: string[] = [];
const site = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const text = "a list";
  response.writeHead(200, { "content-length": text.length }).end(text);
});
let address: string;

beforeAll(async () => {
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});
afterAll(() => void site.close());
beforeEach(() => void asked.splice(0));

function project(): string {
  return realpathSync(makeProject({ "tasks/all.ts": TASKS, ".env": `SITE=${address}\n` }));
}

async function check(root: string, ...words: readonly string[]) {
  const child = spawn(process.execPath, [BIN, "check", ...words], {
    cwd: root,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { out: "", err: "" };
  for (const [stream, name] of [
    [child.stdout, "out"],
    [child.stderr, "err"],
  ] as const)
    stream.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  const [code] = (await once(child, "close")) as [number];
  return { code, ...texts };
}

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

interface Json {
  readonly verdict: string;
  readonly findings: readonly { readonly kind: string; readonly what: string; readonly cuts: readonly number[] }[];
  readonly notCompared: readonly string[];
  readonly cuts: readonly { readonly cut: number; readonly became: string; readonly entries: number }[];
}
const jsonOf = ({ out }: { readonly out: string }) => JSON.parse(out) as Json;

describe("perdure check", () => {
  it("finds nothing against a task that continues anywhere, and performs it anew for each place", async () => {
    const { code, out, err } = await check(project(), "good", "--yes", "--payload", "3");
    expect(code).toBe(0);
    expect(lastLine(out)).toBe(
      "good continues anywhere as if nothing had happened. It was cut after each of its 5 entries.",
    );
    const [heading, ...rows] = out.split("\n").slice(0, 8);
    expect(heading).toMatch(/^cut +became +entries +time$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3))).toEqual([
      ["none", "completed", "5"],
      ["none", "completed", "5"],
      ...[1, 2, 3, 4, 5].map((n) => [`after entry ${n}`, "completed", "5"]),
    ]);
    expect(out).toContain("Of the output, this differs between undisturbed performances and was not compared: at.");
    expect(out + err).not.toContain("nobody's business");
    // Recorded, so that no continuation asks again: once for each performance.
    expect(asked).toEqual(Array.from({ length: 7 }, () => "GET /list"));
  });

  it("spreads its cuts over a long journal", async () => {
    const checked = await check(project(), "good", "--yes", "--payload", "40", "--cuts", "3", "--json");
    expect(checked.code).toBe(0);
    const { verdict, cuts } = jsonOf(checked);
    expect([verdict, cuts.map(({ cut }) => cut)]).toEqual(["continues", [1, 22, 42]]);
  });

  it("says which request may be made twice", async () => {
    const { code, out } = await check(project(), "posting", "--yes");
    expect(code).toBe(0);
    expect(out).toContain(
      `POST ${address}/orders may have been made when its process ended, and was made again (cut after entry 1).`,
    );
    expect(lastLine(out)).toMatch(/^posting continues anywhere; what there is to know/);
  });

  it("names the line that writes a file outside of a step, and the cure", async () => {
    const root = project();
    const { code, out } = await check(root, "writing", "--yes");
    expect(code).toBe(1);
    const line = TASKS.split("\n").findIndex((text) => text.includes("appendFileSync(")) + 1;
    expect(out.replace(`all.ts:${line}:5`, "all.ts:<line>")).toMatch(
      /node:fs appendFileSync written\.txt at tasks\/all\.ts:<line> cannot be recorded, and is done again by a continuation \(cut after entry 2\)\.\n {2}Wrap it in a step: step\.run\("name", fn\)\./,
    );
    expect(lastLine(out)).toMatch(/^writing does not continue everywhere/);
    // Two undisturbed, two cut, and one of these twice.
    expect(readFileSync(join(root, "written.txt"), "utf8").trimEnd().split("\n").length).toBe(5);
  });

  it("shows where code leaves its journal that a variable of its module leads", async () => {
    const checked = await check(project(), "wandering", "--yes", "--json");
    expect(checked.code).toBe(1);
    const { verdict, findings, cuts } = jsonOf(checked);
    expect([verdict, findings.map(({ kind, what, cuts }) => [kind, what, cuts])]).toEqual([
      "to-mend",
      [["diverged", '- step "first"\n+ step "second"', [1, 2]]],
    ]);
    expect(cuts.map(({ became }) => became)).toEqual(["failed", "failed"]);
  });

  it("compares outputs", async () => {
    const checked = await check(project(), "remembering", "--yes", "--json");
    expect(checked.code).toBe(1);
    expect(jsonOf(checked).findings).toMatchObject([{ kind: "output", what: "its output (known)", cuts: [1] }]);
  });

  it("does not compare with what does not complete", async () => {
    const root = project();
    const failed = await check(root, "failing", "--yes");
    expect([failed.code, failed.out]).toEqual([
      1,
      "failing does not complete when it is left undisturbed, so there is nothing to compare: it failed (it never works).\n",
    ]);
    const endless = await check(root, "endless", "--yes", "--timeout", "3s");
    expect([endless.code, endless.out]).toEqual([1, expect.stringContaining("it did not end within 3 s")]);
  });

  it("does nothing where nobody has said that it may, or what was asked is wrong", async () => {
    const root = project();
    const unasked = await check(root, "writing");
    expect([unasked.code, unasked.out]).toEqual([2, ""]);
    expect(unasked.err).toMatch(
      /^USAGE: This performs writing up to 27 times, and each time for real: .* say --yes\.\n$/,
    );
    const outcomes = [
      await check(root, "nothing", "--yes"),
      await check(root, "good", "--yes", "--cuts", "0"),
      await check(root, "good", "--yes", "--payload", "{"),
      await check(root, "good", "--yes", "--env", "nowhere.env"),
    ];
    expect(outcomes.map(({ code, err }) => [code, err.split(":")[0]])).toEqual([
      [3, "TASK_UNKNOWN"],
      [2, "USAGE"],
      [2, "USAGE"],
      [3, "CONFIG_INVALID"],
    ]);
    expect(asked).toEqual([]);
    expect(existsSync(join(root, "written.txt"))).toBe(false);
  });
});
