/** Alerts of `perdure start`, from real processes to real receivers. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createId } from "../../src/core/ids.ts";
import { createHttpClient } from "../../src/protocol/http-client.ts";
import { createRuns, createTasks } from "../../src/sdk/internal.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import { freePort, type Receiver, receiveMails, receiveWebhooks, SECRET } from "../alerts/receivers.ts";
import { makeProject } from "../build/project.ts";

vi.setConfig({ testTimeout: 90_000 });
const KEY = "a-secret-key-of-tests";
const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
const env = createSystemEnv();
const alive = new Set<ChildProcess>();
afterEach(() => {
  for (const child of alive) child.kill("SIGKILL");
});

const FAILING = `import { AbortTaskRunError, task } from "perdure";
export const failing = task({ id: "failing", run: async () => { throw new AbortTaskRunError("no credit"); } });
`;

function makeFailing(config: object): string {
  return makeProject({
    "tasks/failing.ts": FAILING,
    "perdure.config.ts": `export default ${JSON.stringify(config)};`,
  });
}

function run(root: string, words: readonly string[], variables: Readonly<Record<string, string>>) {
  const given = { PATH: process.env["PATH"], PERDURE_SECRET_KEY: KEY, ...variables };
  const child = spawn(process.execPath, [BIN, ...words], { cwd: root, env: given, stdio: "pipe" });
  alive.add(child);
  const said: string[] = [];
  const output = { out: "", err: "" };
  createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  child.stdout.on("data", (text: Buffer) => {
    output.out += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    output.err += text;
  });
  const closed = once(child, "close").then(([code]) => code as number | null);
  void closed.then(() => alive.delete(child));
  return { child, said, output, closed };
}

async function start(root: string, variables: Readonly<Record<string, string>> = {}) {
  const server = run(root, ["start", "--port", "0"], variables);
  const lines = () => server.said.map((line) => JSON.parse(line) as Record<string, unknown>);
  await vi.waitUntil(() => lines().some(({ message }) => message === "Perdure is ready."), { timeout: 60_000 });
  const url = String(lines().find(({ message }) => message === "Perdure is ready.")?.["url"]);
  const calls = createHttpClient({ url, secretKey: KEY, env });
  const client = () => ({ calls, newId: (kind: "run" | "batch") => createId(kind, env) });
  const [runs, tasks] = [createRuns(client), createTasks(client, (id) => ({ id }))];
  return {
    ...server,
    lines,
    runs,
    tasks,
    deliveries: async () => (await runs.list({ taskIdentifier: "perdure.alert" })).data,
    async kill() {
      server.child.kill("SIGKILL");
      await server.closed;
    },
    async stop() {
      server.child.kill("SIGTERM");
      return server.closed;
    },
  };
}

/** Checked by an implementation that is not ours. */
function verified({ requests }: Receiver, place = 0): Record<string, unknown> {
  const { body, headers } = requests[place] as Receiver["requests"][number];
  return new Webhook(SECRET).verify(body, headers as Record<string, string>) as Record<string, unknown>;
}

const hook = (url: string) => ({ alerts: [{ webhook: { url, secretVariable: "HOOK_SECRET" } }] });
const variables = { HOOK_SECRET: SECRET };

describe("a task that fails in production", () => {
  it("is told of once, by a signed request", async () => {
    const receiver = await receiveWebhooks();
    const server = await start(makeFailing(hook(receiver.url)), variables);
    const { id } = await server.tasks.trigger("failing", undefined);
    await receiver.has(1);
    expect(verified(receiver)).toMatchObject({
      type: "run.failed",
      data: { run: { id }, error: { message: "no credit" } },
    });
    await vi.waitUntil(async () => (await server.deliveries())[0]?.isCompleted, { timeout: 30_000 });
    expect((await server.runs.list()).data.map((one) => one.id)).toEqual([id]);
    expect(await server.stop()).toBe(0);
    expect(receiver.requests).toHaveLength(1);
    expect(server.output.out).not.toContain(SECRET.slice(8, 20));
  });

  it("is told of when the receiver is there again", async () => {
    const port = await freePort();
    const server = await start(makeFailing(hook(`http://127.0.0.1:${port}/hook`)), variables);
    await server.tasks.trigger("failing", undefined);
    await vi.waitUntil(() => server.lines().some(({ message }) => String(message).includes("could not be reached")), {
      timeout: 30_000,
    });
    const receiver = await receiveWebhooks([204], port);
    await receiver.has(1, 60_000);
    expect(verified(receiver)).toMatchObject({ type: "run.failed" });
    await vi.waitUntil(async () => (await server.deliveries())[0]?.isCompleted, { timeout: 30_000 });
    expect((await server.deliveries())[0]?.attemptCount).toBe(2);
    expect(await server.stop()).toBe(0);
  });

  it("is told of although the node was killed before it could", async () => {
    const receiver = await receiveWebhooks([() => undefined, 204]);
    const root = makeFailing(hook(receiver.url));
    const first = await start(root, variables);
    const { id } = await first.tasks.trigger("failing", undefined);
    // The failure is on disk, and the message has no answer yet.
    await receiver.has(1);
    await first.kill();
    const second = await start(root, variables);
    await receiver.has(2, 60_000);
    expect(verified(receiver, 1)).toMatchObject({ data: { run: { id } } });
    expect(receiver.requests[1]?.headers["webhook-id"]).toBe(receiver.requests[0]?.headers["webhook-id"]);
    await vi.waitUntil(async () => (await second.deliveries())[0]?.isCompleted, { timeout: 30_000 });
    expect(await second.deliveries()).toHaveLength(1);
    expect(await second.stop()).toBe(0);
    expect(receiver.requests).toHaveLength(2);
  });

  it("is told of by a command of the project and by mail", async () => {
    const { url, mails } = await receiveMails();
    const email = { to: "ops@example.org", from: "perdure@example.org" };
    const root = makeFailing({ alerts: [{ command: ["./notify.sh", "now"] }, { email }] });
    writeFileSync(
      join(root, "notify.sh"),
      '#!/bin/sh\necho "$1 $PERDURE_RUN_ID $PERDURE_SECRET_KEY" > told.tmp && mv told.tmp told\n',
    );
    chmodSync(join(root, "notify.sh"), 0o755);
    const server = await start(root, { PERDURE_SMTP_URL: url });
    const { id } = await server.tasks.trigger("failing", undefined);
    await vi.waitUntil(() => mails.length > 0 && existsSync(join(root, "told")), { timeout: 30_000 });
    expect(readFileSync(join(root, "told"), "utf8")).toBe(`now ${id} \n`);
    expect(mails[0]?.text).toContain(`perdure runs replay ${id}`);
    expect(await server.stop()).toBe(0);
  });
});

describe("perdure start", () => {
  it.each<[string, object, string]>([
    [
      "an alert that goes nowhere",
      { alerts: [{ on: "failure" }] },
      "OPTION_INVALID: perdure.config.ts: alerts[0] must have one of",
    ],
    ["a secret that is not set", hook("https://example.org"), "VARIABLE_MISSING: The alert webhook example.org needs"],
  ])("refuses %s", async (_, config, message) => {
    const { closed, output } = run(makeFailing(config), ["start", "--port", "0"], {});
    expect(await closed).toBe(3);
    expect(output.err).toContain(message);
  });
});

describe("perdure alerts test", () => {
  it("tries each alert and says how it went", async () => {
    const [well, ill] = [await receiveWebhooks(), await receiveWebhooks([500])];
    const config = {
      alerts: [
        { name: "well", webhook: { url: well.url, secretVariable: "HOOK_SECRET" } },
        { name: "ill", webhook: { url: ill.url }, tasks: ["other*"] },
      ],
    };
    const root = makeFailing(config);
    const both = run(root, ["alerts", "test"], variables);
    expect(await both.closed).toBe(3);
    expect(both.output.out).toBe("well: answered with 204\n");
    expect(both.output.err).toBe("The alert ill was not delivered: the receiver answered with 500.\n");
    expect(verified(well)).toMatchObject({ type: "alert.test" });
    const one = run(root, ["alerts", "test", "--task", "failing", "--json"], variables);
    expect(await one.closed).toBe(0);
    expect(JSON.parse(one.output.out)).toEqual({ data: [{ alert: "well", kind: "sent", note: "answered with 204" }] });
  });

  it("says when there is none", async () => {
    const none = run(makeFailing({}), ["alerts", "test"], {});
    expect(await none.closed).toBe(3);
    expect(none.output.err).toContain("ALERT_UNKNOWN: There is no alert in perdure.config.ts.");
  });
});
