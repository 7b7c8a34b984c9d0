import http from "node:http";
import axios from "axios";
import got from "got";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { task } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdureOptions } from "../../src/testing/index.ts";
import { startProgramServer } from "./program-server.ts";

let world: Awaited<ReturnType<typeof startProgramServer>>;
beforeAll(async () => {
  world = await startProgramServer();
});
afterAll(() => world.stop());

const agent = new http.Agent({ keepAlive: true, timeout: 5000 });

const programs = {
  async "asks by axios and got, with retries and timeouts"(at: string) {
    const page = (await axios.get(`${at}/page/x`, { timeout: 4000, httpAgent: agent })).data as unknown;
    const charge = (await axios.post(`${at}/charge`, { page }, { httpAgent: agent })).data as unknown;
    const flaky = await got(`${at}/flaky/2`, {
      retry: { limit: 4, backoffLimit: 20 },
      timeout: { socket: 3000 },
    }).json();
    const late = await axios.get(`${at}/slow/400`, { timeout: 40 }).catch(({ code }: { code: string }) => code);
    const { body } = await got.post(`${at}/charge`, { json: { late } });
    return { page, charge, flaky, late, body };
  },
  async "acts on the first chunk of a response"(at: string) {
    const space = at.slice(at.lastIndexOf("/") + 1);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(`${at}/stream/${space}`, { timeout: 3000 }, resolve).on("error", reject);
    });
    let text = "";
    let ack: unknown;
    for await (const chunk of response) {
      text += String(chunk);
      ack ??= (await axios.post(`${at}/ack`, { seen: text.slice(0, 11) })).data;
    }
    return { lines: text.split("\n\n").length, isDone: text.includes("[DONE]"), isAcknowledged: ack !== undefined };
  },
  async "makes several at once"(at: string) {
    const pages = await Promise.all([1, 2, 3].map((page) => axios.get(`${at}/page/${page}`, { httpAgent: agent })));
    // How often each was looked at may differ: all of them are in flight at once.
    return pages.map(({ data }) => (data as { page: string }).page);
  },
};

let spaces = 0;

async function perform(name: keyof typeof programs, options: Omit<TestPerdureOptions, "tasks">) {
  const space = `http${++spaces}`;
  const asks = task({ id: "asks", run: async (at: string): Promise<unknown> => programs[name](at) });
  const problems: unknown[] = [];
  const onProblem = (error: unknown) => void problems.push(error);
  const perdure = await createTestPerdure({
    tasks: [asks],
    effects: "auto",
    onLog: () => undefined,
    onProblem,
    ...options,
  });
  try {
    const run = await perdure.run(asks, `${world.url}/${space}`);
    if (problems.length > 0) throw problems[0];
    return { run, entries: perdure.entries, asked: world.asked(space) };
  } finally {
    await perdure.stop();
  }
}

describe.each(Object.keys(programs) as (keyof typeof programs)[])("a program that %s through node:http", (name) => {
  test("gives the same wherever it is cut, and asks again only what was in flight", { timeout: 120_000 }, async () => {
    const undisturbed = await perform(name, {});
    expect(undisturbed.run).toMatchObject({ status: "completed" });
    expect(undisturbed.entries).toBeGreaterThan(0);
    for (let crashAfterEntries = 1; crashAfterEntries <= undisturbed.entries; crashAfterEntries++) {
      const cut = await perform(name, { crashAfterEntries });
      const place = `cut after entry ${crashAfterEntries} of ${undisturbed.entries}: ${cut.asked.join(", ")}`;
      expect(cut.run.output, place).toEqual(undisturbed.run.output);
      expect(cut.asked.length - undisturbed.asked.length, place).toBeLessThanOrEqual(2);
    }
  });
});
