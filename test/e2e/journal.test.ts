import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../free-port.ts";
import { folderKeptOnFailure } from "./folder.ts";
import { KEY } from "./http-process.ts";

const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
const SECRET = "x-token-of-a-header";
const site = createServer((request, response) => {
  response.writeHead(200, { "x-secret": SECRET, "content-length": Buffer.byteLength(`seen ${request.url}`) });
  response.end(`seen ${request.url}`);
});
let closed: string;

beforeAll(async () => {
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  closed = `http://127.0.0.1:${await freePort()}/closed`;
});
afterAll(() => void site.close());

/** A server in a process of its own, and the command line beside it. */
async function serve(variables: Readonly<Record<string, string>> = {}) {
  const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const env = { ...process.env, PERDURE_SECRET_KEY: KEY, SITE: address, CLOSED: closed, ...variables };
  const server: ChildProcess = spawn(process.execPath, [`${import.meta.dirname}/journal-server.ts`], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [url] = (await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), "line")) as [string];
  async function perdure(...words: readonly string[]) {
    const child = spawn(process.execPath, [BIN, ...words], {
      env: { PATH: process.env["PATH"], PERDURE_API_URL: url, PERDURE_SECRET_KEY: KEY },
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
  return {
    address,
    perdure,
    async trigger(task: string, payload = "null") {
      return (await perdure("trigger", task, "--payload", payload)).out.trim();
    },
    async untilStory(runId: string, kind: string) {
      for (;;) {
        const { out } = await perdure("runs", "get", runId);
        if (out.includes(` ${kind}`)) return;
      }
    },
    async stop() {
      server.stdin?.end();
      await once(server, "exit");
    },
  };
}

interface Line {
  readonly seq: number;
  readonly name: string;
  readonly source: string;
  readonly attempt: number;
  readonly [field: string]: unknown;
}

const entriesIn = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

describe("perdure runs journal", () => {
  it("shows what is recorded of a run, who did it, and what it holds to those alone who ask", {
    timeout: 90_000,
  }, async () => {
    const server = await serve();
    const id = await server.trigger("visiting");
    await server.untilStory(id, "run.parked");
    const shown = await server.perdure("runs", "journal", id);
    const { address } = server;
    expect(shown.code).toBe(0);
    const lines = shown.out.trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/^ *\d+ +\S+ +/, "").replace(/ {2,}/g, "  "))).toEqual([
      expect.stringMatching(
        new RegExp(`^executed  \\d+ B  response  GET ${address}/page  200  \\(attempt 2; \\d+ clock reads? before\\)$`),
      ),
      expect.stringMatching(
        /^kept {2}\d+ B {2}step {2}step "look" with key "1" {2}\(attempt 2; the result of entry \d+/,
      ),
      expect.stringMatching(new RegExp(`^noted  \\d+ B  request leaves  POST ${address}/orders  \\(attempt 2`)),
      expect.stringMatching(new RegExp(`^executed  \\d+ B  response  POST ${address}/orders  200  \\(attempt 2`)),
      expect.stringMatching(
        new RegExp(`^executed  \\d+ B  response  GET ${closed}  failed: Error: connect ECONNREFUSED`),
      ),
    ]);
    expect(shown.err).toMatch(/^Other journals of this run: --journal 1 \(1 entry\)$/m);
    expect(shown.err).toMatch(/entries of this run have been deleted\. /);
    expect(shown.out).not.toContain("token");

    const values = await server.perdure("runs", "journal", id, "--values");
    expect(values.out).toContain('"apiKey":"[redacted: api key]"');
    expect(values.out).toContain("seen /orders");
    expect(values.out).not.toMatch(/sk_live|in-a-header|in-the-query/);
    expect(values.out).not.toContain(SECRET);

    const [first, ...others] = entriesIn((await server.perdure("runs", "journal", id, "--journal", "1", "--json")).out);
    expect([first, others]).toMatchObject([{ journal: 1, kind: "step", source: "executed", attempt: 1 }, []]);
    expect(await server.perdure("runs", "journal", id, "--diff")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^There was no divergence/),
    });

    await server.perdure("runs", "cancel", id);
    const left = async () => entriesIn((await server.perdure("runs", "journal", id, "--json")).out);
    for (let entries = await left(); entries.length > 1; ) entries = await left();
    expect(await left()).toMatchObject([{ kind: "step", source: "kept", attempt: 2 }]);
    await server.stop();
  });

  it("goes through a long journal page by page, and through a part of it", { timeout: 60_000 }, async () => {
    const server = await serve();
    const id = await server.trigger("many", "1200");
    await server.untilStory(id, "run.parked");
    const all = entriesIn((await server.perdure("runs", "journal", id, "--json")).out);
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_200 }, (_, i) => i + 1));
    const part = await server.perdure("runs", "journal", id, "--after", "1000", "--limit", "2");
    expect(
      part.out
        .trimEnd()
        .split("\n")
        .map((line) => Number.parseInt(line, 10)),
    ).toEqual([1_001, 1_002]);
    expect(part.err).toBe("More: --after 000000001002\n");
    await server.stop();
  });

  it("shows where changed code has left it", { timeout: 90_000 }, async () => {
    const db = join(folderKeptOnFailure("journal"), "perdure.db");
    const before = await serve({ TEST_DB: db });
    const id = await before.trigger("changing");
    await before.untilStory(id, "run.parked");
    await before.stop();
    const server = await serve({ TEST_DB: db, FORM: "new" });
    await server.untilStory(id, "run.held");
    const { code, out } = await server.perdure("runs", "journal", id, "--diff");
    expect(code).toBe(0);
    const [told, given, , ...rows] = out.trimEnd().split("\n");
    expect(told).toMatch(
      new RegExp(`^${id} was held at \\S+ \\(attempt 1, journal 1\\): its code asks for something other`),
    );
    expect(given).toBe("It had been given 1 of its recorded results.");
    expect(rows.map((row) => row.replace(/ {2,}/g, "  "))).toEqual(
      [
        '  1  step  step "first"',
        '-  2  step  step "second" <- the journal goes on with this',
        '+  step "other" <- the code asked for this',
        '  3  step  step "third"',
      ].map((row) => row.replace(" <-", "  <-")),
    );
    const json = JSON.parse((await server.perdure("runs", "journal", id, "--diff", "--json")).out) as object;
    expect(json).toMatchObject({
      divergence: { expected: 'step "second"', released: 1, asked: ['step "other"'] },
      journal: 1,
      expected: { seq: 2 },
    });
    await server.stop();
  });

  it("says what is wrong with what was asked", { timeout: 60_000 }, async () => {
    const server = await serve();
    const id = await server.trigger("many", "0");
    const outcomes = await Promise.all(
      [
        ["runs", "journal", "run_1"],
        ["runs", "journal", id, "--journal", "2"],
        ["runs", "journal", id, "--after", "x"],
        ["runs", "journal"],
      ].map((words) => server.perdure(...words)),
    );
    expect(outcomes.map(({ code, err }) => [code, err.split(":")[0]])).toEqual([
      [3, "RUN_NOT_FOUND"],
      [3, "OPTION_INVALID"],
      [2, "USAGE"],
      [2, "USAGE"],
    ]);
    await server.stop();
  });
});
