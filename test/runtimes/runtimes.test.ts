/**
 * The half of the SDK that applications import, in each kind of runtime that they have: bundled once, without anything of Node,
 * and run by the real runtime against a real server.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { auth, configure } from "../../src/sdk/index.ts";
import { openBrowser } from "../browser.ts";
import { writeFiles } from "../build/project.ts";
import type { Answers } from "./client.ts";

const KEY = "a-secret-key-of-tests";
const BIN = join(import.meta.dirname, "../../node_modules/.bin");
const run = promisify(execFile);
let server: ChildProcess;
let url: string;
let folder: string;

beforeAll(async () => {
  const program = join(import.meta.dirname, "../e2e/http-server.ts");
  const env = { ...process.env, PERDURE_SECRET_KEY: KEY };
  server = spawn(process.execPath, [program], { env, stdio: ["pipe", "pipe", "inherit"] });
  [url] = (await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), "line")) as [string];
  folder = mkdtempSync(join(tmpdir(), "perdure-runtimes-"));
  const entryPoints = [join(import.meta.dirname, "client.ts")];
  // On a neutral platform an import of anything that only Node has would fail here.
  await build({
    entryPoints,
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
  });
});

afterAll(async () => {
  server.stdin?.end();
  await once(server, "exit");
  rmSync(folder, { recursive: true, force: true });
});

const ANSWERS: Answers = {
  output: ["1970-01-01T00:00:00.000Z", ["a"], "100000000000000000000"],
  isCached: true,
  canceled: "canceled",
  refusal: "RUN_NOT_FOUND",
};

const PROGRAM = `import { askAll } from "./client.js";
const [url, key] = (globalThis.Deno?.args ?? process.argv.slice(2));
console.log(await askAll(url, key));
`;

describe("the client half of the SDK", () => {
  it.each([
    ["Deno", "deno", ["run", "--no-prompt", "--allow-net=127.0.0.1"]],
    ["Bun", "bun", ["run"]],
    ["Node", "node", []],
  ])("works on %s", async (_, command, args) => {
    writeFiles(folder, { "program.mjs": PROGRAM, "package.json": '{ "type": "module" }' });
    const { stdout } = await run(join(BIN, command), [...args, "program.mjs", url, KEY], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual(ANSWERS);
  });

  it("works at the edge, in the runtime of Cloudflare's workers", async () => {
    const port = await freePort();
    writeFiles(folder, { "worker.js": EDGE_WORKER, "config.capnp": edgeConfig(port) });
    const edge = spawn(join(BIN, "workerd"), ["serve", "config.capnp"], { cwd: folder, stdio: "inherit" });
    onTestFinished(() => void edge.kill("SIGKILL"));
    const query = new URLSearchParams({ url, key: KEY });
    const answer = await untilAnswered(`http://127.0.0.1:${port}/?${query}`);
    expect(await answer.json()).toEqual(ANSWERS);
  });
});

describe("a page of another origin", () => {
  it("triggers with a token and reads what it started, and may not show a secret key", async () => {
    const pages = createServer((_, response) => {
      const script = readFileSync(join(folder, "client.js"));
      response.writeHead(200, { "content-type": "text/html" });
      response.end(`<script type="module">${script}; window.client = { askAll, askAsPage };</script>`);
    }).listen(0, "127.0.0.1");
    await once(pages, "listening");
    onTestFinished(() => void pages.close());
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
    configure({ baseURL: url, secretKey: KEY });
    onTestFinished(() => configure({}));
    const token = await auth.createTriggerPublicToken("echo");
    const asPage = await page.evaluate(([to, shown]) => window.client.askAsPage(to, shown), [url, token] as const);
    expect(JSON.parse(asPage)).toEqual([["page"], "SCOPE_MISSING"]);
    const withKey = page.evaluate(([to, shown]) => window.client.askAll(to, shown), [url, KEY] as const);
    await expect(withKey).rejects.toThrow("may not use this Perdure");
  });
});

declare global {
  var window: { readonly client: typeof import("./client.ts") };
}

const EDGE_WORKER = `import { askAll } from "client";
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    return new Response(await askAll(searchParams.get("url"), searchParams.get("key")));
  },
};
`;

function edgeConfig(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [
    (name = "worker", esModule = embed "worker.js"),
    (name = "client", esModule = embed "client.js"),
  ],
  compatibilityDate = "2026-01-01",
);
`;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function untilAnswered(address: string): Promise<Response> {
  for (;;) {
    try {
      return await fetch(address);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
