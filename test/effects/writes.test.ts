import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPerdure } from "../../src/embedded/index.ts";
import { task } from "../../src/sdk/index.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import type { WorkerCalls } from "../../src/worker/index.ts";

/** Answers a GET of `/stream` in 200 chunks, anything else with a word. */
const server = createServer((request, response) => {
  request.resume();
  if (request.url !== "/stream") return void response.setHeader("content-length", 2).end("ok");
  let left = 200;
  const next = () => {
    if (left-- === 0) response.end();
    else response.write("chunk", () => setImmediate(next));
  };
  next();
});
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** What code does that is not recorded by itself, and by how many writes it is on disk; the end of its run is one. */
const programs: readonly {
  readonly does: string;
  readonly entries: number;
  readonly writes: number;
  readonly act: () => Promise<unknown>;
}[] = [
  { does: "nothing", entries: 0, writes: 1, act: async () => undefined },
  {
    does: "500 timers, each with reads of the clock and chance around it",
    entries: 500,
    writes: 1,
    async act() {
      const branch = async () => {
        for (let i = 0; i < 50; i++) {
          await sleep(i % 2);
          Math.random();
          Date.now();
          crypto.randomUUID();
        }
      };
      await Promise.all(Array.from({ length: 10 }, branch));
    },
  },
  { does: "a timer after a GET", entries: 2, writes: 2, act: async () => sleep(1, await text(url)) },
  { does: "five GET one after the other", entries: 5, writes: 6, act: () => times(5, () => text(url)) },
  {
    does: "five POST one after the other",
    entries: 10,
    writes: 11,
    act: () => times(5, () => text(url, { method: "POST", body: "x" })),
  },
  { does: "a GET that is answered in 200 chunks", entries: 3, writes: 2, act: () => text(`${url}/stream`) },
];

test.each(programs)("$does: $entries entries in $writes writes", async ({ entries: expected, writes, act }) => {
  const work = task({ id: "work", run: async () => void (await act()) });
  const env = createSystemEnv();
  const written: string[] = [];
  let entries = 0;
  function counting(calls: WorkerCalls): WorkerCalls {
    const counted = (name: "record" | "finish" | "park") => (input: Parameters<WorkerCalls["record"]>[0]) => {
      written.push(name);
      entries += input.append.entries.length;
      return calls[name](input as never);
    };
    return { ...calls, record: counted("record"), finish: counted("finish"), park: counted("park") } as WorkerCalls;
  }
  await using perdure = await startPerdure(
    { db: ":memory:", tasks: [work], effects: "auto", logs: false },
    { env, placeWorker: (calls) => ({ env, calls: counting(calls) }) },
  );
  const run = await perdure.runs.poll((await work.trigger(undefined)).id);
  expect(run.status).toBe("completed");
  expect(written).toEqual([...Array.from({ length: writes - 1 }, () => "record"), "finish"]);
  expect(entries).toBe(expected);
});

async function text(address: string, init?: RequestInit): Promise<string> {
  return (await fetch(address, init)).text();
}

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await act();
}
