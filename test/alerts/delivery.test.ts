/** From a failing run to whoever is told: a node and its workers in this process, real receivers, and time that passes when it is told to. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ALERTS_TOLD_SINGLY } from "../../src/core/alerts.ts";
import { createPerdure, type PerdureOptions, startPerdure } from "../../src/embedded/index.ts";
import { AbortTaskRunError, step, task, wait } from "../../src/sdk/index.ts";
import { createVirtualEnv } from "../../src/testing/virtual-env.ts";
import { temporaryFolder } from "../store/open-toy.ts";
import { type Receiver, receiveMails, receiveWebhooks, SECRET } from "./receivers.ts";

const billing = task({
  id: "billing",
  run: (problem: string) => {
    throw new AbortTaskRunError(problem);
  },
});
const other = task({ id: "other", retry: { maxAttempts: 1 }, run: () => Promise.reject(new Error("other")) });

/** On virtual time, in memory. */
async function open(options: Partial<PerdureOptions>) {
  const env = createVirtualEnv();
  const problems: unknown[] = [];
  const all: PerdureOptions = {
    db: ":memory:",
    tasks: [billing, other],
    onLog: () => undefined,
    onProblem: (error) => void problems.push(error),
    ...options,
  };
  const perdure = await startPerdure(all, { env });
  onTestFinished(() => perdure.stop());
  /** Real time for what is under way; no virtual time passes. */
  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    await vi.waitUntil(
      async () => {
        await env.settle();
        return isSo();
      },
      { timeout: 20_000, interval: 5 },
    );
  }
  const deliveries = async () => (await perdure.runs.list({ taskIdentifier: "perdure.alert", limit: 100 })).data;
  return {
    ...perdure,
    perdure,
    env,
    problems,
    until,
    deliveries,
    /** No delivery is under way. */
    isIdle: async () => (await deliveries()).every(({ isExecuting }) => !isExecuting),
    /** Whether as many deliveries as are named are in this state. */
    areDelivered: async (count: number, status = "completed") =>
      (await deliveries()).filter((run) => run.status === status).length === count,
  };
}

function messagesOf({ requests }: Receiver) {
  return requests.map(({ body }) => JSON.parse(body) as { type: string; text: string; data: Record<string, unknown> });
}

describe("a run that failed", () => {
  it("is told of once, without what it was given", async () => {
    vi.stubEnv("HOOK_SECRET", SECRET);
    const receiver = await receiveWebhooks();
    const node = await open({ alerts: [{ webhook: { url: receiver.url, secretVariable: "HOOK_SECRET" } }] });
    const { id } = await node.tasks.trigger(billing, "no credit", { tags: ["customer 7"], idempotencyKey: "k" });
    await node.until(() => node.areDelivered(1));
    await node.env.advance(24 * 60 * 60_000);
    expect(receiver.requests).toHaveLength(1);
    const [{ body, headers }] = receiver.requests as [Receiver["requests"][number]];
    // Their clock is the real one, ours is not.
    vi.setSystemTime(Number(headers["webhook-timestamp"]) * 1_000);
    const message = new Webhook(SECRET).verify(body, headers as Record<string, string>);
    vi.useRealTimers();
    expect(message).toMatchObject({
      type: "run.failed",
      timestamp: "2026-01-01T00:00:00.000Z",
      text: `Run ${id} of billing failed: AbortTaskRunError: no credit`,
      data: {
        run: {
          id,
          task: "billing",
          status: "failed",
          attempt: 1,
          tags: ["customer 7"],
          finishedAt: "2026-01-01T00:00:00.000Z",
        },
        error: { name: "AbortTaskRunError", message: "no credit" },
      },
    });
    expect(JSON.stringify(message)).not.toContain("payload");
    expect((await node.runs.list()).data.map((run) => run.id)).toEqual([id]);
    expect(node.problems).toEqual([]);
  });

  it("is told of by those alerts that are for its task", async () => {
    const [mine, theirs] = [await receiveWebhooks(), await receiveWebhooks()];
    const alerts = [
      { webhook: { url: mine.url }, tasks: ["bill*"], on: "failure" as const },
      { webhook: { url: theirs.url }, tasks: ["other"] },
    ];
    const node = await open({ alerts });
    await node.tasks.trigger(billing, "a");
    await node.tasks.trigger(other, undefined);
    await node.until(() => node.areDelivered(2));
    expect(messagesOf(mine).map(({ data }) => data["run"])).toMatchObject([{ task: "billing" }]);
    expect(messagesOf(theirs).map(({ data }) => data["run"])).toMatchObject([{ task: "other" }]);
  });

  it("is told of by a command and by mail", async () => {
    const { url, mails } = await receiveMails();
    vi.stubEnv("MAIL_SERVER", url);
    vi.stubEnv("NOTIFY_TOKEN", "t0ken");
    vi.stubEnv("PERDURE_ENCRYPTION_KEY", "ab".repeat(32));
    const folder = temporaryFolder();
    const script = join(folder, "notify.sh");
    writeFileSync(
      script,
      `#!/bin/sh\ncat > ${folder}/message\necho "$NOTIFY_TOKEN $PERDURE_ENCRYPTION_KEY." > ${folder}/seen\n`,
      { mode: 0o755 },
    );
    const email = { to: ["a@example.org", "b@example.org"], from: "perdure@example.org", smtpVariable: "MAIL_SERVER" };
    const node = await open({ alerts: [{ command: [script], variables: ["NOTIFY_TOKEN"] }, { email }] });
    const { id } = await node.tasks.trigger(billing, "no credit");
    await node.until(() => node.areDelivered(2));
    expect(JSON.parse(readFileSync(join(folder, "message"), "utf8"))).toMatchObject({ data: { run: { id } } });
    expect(readFileSync(join(folder, "seen"), "utf8")).toBe("t0ken .\n");
    expect(mails.map(({ to }) => to)).toEqual([email.to]);
    expect(mails[0]?.text).toContain(`Subject: [perdure] Run ${id} of billing`);
  });
});

describe("a receiver that does not take a message", () => {
  it("gets the same one again until it does, later each time", async () => {
    const receiver = await receiveWebhooks([500, 503, 200]);
    const node = await open({ alerts: [{ webhook: { url: receiver.url } }] });
    await node.tasks.trigger(billing, "a");
    const sentAt: number[] = [];
    for (const count of [1, 2, 3]) {
      while (receiver.requests.length < count) await node.env.advance(1_000).then(() => node.until(node.isIdle));
      sentAt.push(node.env.monotonic());
    }
    const [first = 0, second = 0, third = 0] = sentAt;
    expect(second - first).toBeGreaterThanOrEqual(9_000);
    expect(third - second).toBeGreaterThan(second - first);
    await node.until(() => node.areDelivered(1));
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect((await node.deliveries())[0]).toMatchObject({ attemptCount: 3, output: "answered with 200" });
    expect(node.problems).toEqual([]);
  });

  it("is asked again when it said", async () => {
    const receiver = await receiveWebhooks([
      (_, response) => response.writeHead(429, { "retry-after": "1000" }).end(),
      200,
    ]);
    const node = await open({ alerts: [{ webhook: { url: receiver.url } }] });
    await node.tasks.trigger(billing, "a");
    await node.until(async () => receiver.requests.length === 1 && (await node.areDelivered(1, "queued")));
    await node.env.advance(990_000);
    expect(receiver.requests).toHaveLength(1);
    await node.env.advance(20_000);
    await node.until(() => node.areDelivered(1));
  });

  it("is left alone when it is gone for good, which is said", async () => {
    const receiver = await receiveWebhooks([410]);
    const node = await open({ alerts: [{ name: "ops", webhook: { url: receiver.url } }] });
    await node.tasks.trigger(billing, "a");
    await node.until(() => node.areDelivered(1, "failed"));
    await node.env.advance(24 * 60 * 60_000);
    expect(receiver.requests).toHaveLength(1);
    expect(node.problems).toMatchObject([{ code: "ALERT_UNDELIVERED", details: { alert: "ops" } }]);
    expect(await node.deliveries()).toHaveLength(1);
  });

  it("is given up after about a day, which is said", async () => {
    const receiver = await receiveWebhooks([500]);
    const node = await open({ alerts: [{ webhook: { url: receiver.url } }] });
    await node.tasks.trigger(billing, "a");
    let hours = 0;
    for (; !(await node.areDelivered(1, "failed")) && hours < 100; hours++) {
      for (let minute = 0; minute < 60; minute += 5) {
        await node.env.advance(5 * 60_000);
        await node.until(node.isIdle);
      }
    }
    expect(hours).toBeGreaterThanOrEqual(20);
    expect(hours).toBeLessThanOrEqual(30);
    expect(receiver.requests).toHaveLength(32);
    expect(node.problems).toMatchObject([{ code: "ALERT_UNDELIVERED" }]);
  });

  it("keeps no other one waiting", async () => {
    const [silent, well] = [await receiveWebhooks([() => undefined]), await receiveWebhooks()];
    const node = await open({ alerts: [{ webhook: { url: silent.url } }, { webhook: { url: well.url } }] });
    for (let i = 0; i < ALERTS_TOLD_SINGLY; i++) await node.tasks.trigger(billing, "a");
    await node.until(() => well.requests.length === ALERTS_TOLD_SINGLY);
    expect(silent.requests.length).toBeLessThan(ALERTS_TOLD_SINGLY);
  });
});

describe("five hundred failures", () => {
  it("are told of by the first few, and by one summary that counts the others", async () => {
    const [receiver, { url, mails }] = [await receiveWebhooks(), await receiveMails()];
    vi.stubEnv("PERDURE_SMTP_URL", url);
    const email = { to: "ops@example.org", from: "perdure@example.org" };
    const node = await open({ alerts: [{ webhook: { url: receiver.url } }, { email }] });
    await node.tasks.batchTrigger(
      billing,
      Array.from({ length: 500 }, () => ({ payload: "no credit" })),
    );
    await node.until(() => node.areDelivered(2 * ALERTS_TOLD_SINGLY));
    await node.env.advance(10 * 60_000);
    await node.until(() => node.areDelivered(2 * (ALERTS_TOLD_SINGLY + 1)));
    const messages = messagesOf(receiver);
    expect(messages.map(({ type }) => type)).toEqual([...Array(ALERTS_TOLD_SINGLY).fill("run.failed"), "runs.failed"]);
    const summary = messages.at(-1);
    expect(summary?.text).toBe("495 more runs of billing failed between 00:00:00 and 00:01:00 UTC.");
    expect(summary?.data).toMatchObject({ task: "billing", more: 495, told: ALERTS_TOLD_SINGLY });
    expect(summary?.data["runs"]).toHaveLength(20);
    expect(mails).toHaveLength(ALERTS_TOLD_SINGLY + 1);
    expect(mails.at(-1)?.text).toContain("perdure runs list --task billing --status failed");
    await node.env.advance(24 * 60 * 60_000);
    expect([receiver.requests.length, mails.length]).toEqual([6, 6]);
  });
});

describe("a run that is held", () => {
  it("is told of, with what a person can do", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    const receiver = await receiveWebhooks();
    const alerts = [{ webhook: { url: receiver.url }, on: "held" as const }];
    const patient = (name: string) =>
      task({
        id: "patient",
        run: async () => {
          await step.run(name, () => name);
          await wait.for("1s");
        },
      });
    const before = await createPerdure({ db, tasks: [patient("old")], alerts });
    const { id } = await before.tasks.trigger("patient", undefined);
    await vi.waitUntil(async () => (await before.runs.retrieve(id)).isWaiting, { timeout: 10_000 });
    await before.stop();
    const after = await createPerdure({ db, tasks: [patient("new")], alerts });
    onTestFinished(() => after.stop());
    await receiver.has(1);
    expect(messagesOf(receiver)).toMatchObject([
      {
        type: "run.held",
        text: `Run ${id} of patient is held: its code no longer fits its journal.`,
        data: {
          run: { id, status: "waiting" },
          error: { name: "JOURNAL_DIVERGED", message: expect.stringContaining("old") },
        },
      },
    ]);
  });
});

describe("a node that stops", () => {
  it("hands a message back that it is sending, at the cost of no attempt, and the next one sends it", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    const receiver = await receiveWebhooks([() => undefined, 204]);
    const options = { db, tasks: [billing], alerts: [{ webhook: { url: receiver.url } }] };
    const first = await createPerdure(options);
    await first.tasks.trigger(billing, "a");
    await receiver.has(1);
    await first.stop();
    const second = await createPerdure(options);
    onTestFinished(() => second.stop());
    await receiver.has(2);
    const delivered = () => second.runs.list({ taskIdentifier: "perdure.alert" });
    await vi.waitUntil(async () => (await delivered()).data[0]?.isCompleted, { timeout: 10_000 });
    expect((await delivered()).data).toMatchObject([{ attemptCount: 1 }]);
    expect(receiver.requests[0]?.headers["webhook-id"]).toBe(receiver.requests[1]?.headers["webhook-id"]);
  });

  it("leaves a message behind whose alert the next one does not have, which says so", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    const receiver = await receiveWebhooks([() => undefined]);
    const first = await createPerdure({
      db,
      tasks: [billing],
      alerts: [{ name: "old", webhook: { url: receiver.url } }],
    });
    await first.tasks.trigger(billing, "a");
    await receiver.has(1);
    await first.stop();
    const problems: unknown[] = [];
    const alerts = [{ name: "new", webhook: { url: receiver.url } }];
    const second = await createPerdure({ db, tasks: [billing], alerts, onProblem: (error) => problems.push(error) });
    onTestFinished(() => second.stop());
    await vi.waitUntil(() => problems.length > 0, { timeout: 10_000 });
    expect(problems).toMatchObject([{ code: "ALERT_UNKNOWN", details: { alert: "old" } }]);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe("createPerdure", () => {
  it.each([
    [{ webhook: { url: "https://example.org", secretVariable: "NOT_SET" } }, "VARIABLE_MISSING"],
    [{ webhook: { urlVariable: "NOT_A_URL" } }, "VARIABLE_INVALID"],
    [{ webhook: { url: "https://example.org", secretVariable: "NOT_A_URL" } }, "VARIABLE_INVALID"],
    [{ email: { to: "a@b.org", from: "c@d.org", smtpVariable: "NOT_A_URL" } }, "VARIABLE_INVALID"],
    [{ webhook: {} }, "OPTION_INVALID"],
  ])("refuses %j at the start: %s", async (alert, code) => {
    vi.stubEnv("NOT_A_URL", "something else");
    await expect(createPerdure({ db: ":memory:", tasks: [billing], alerts: [alert] })).rejects.toMatchObject({ code });
  });
});
