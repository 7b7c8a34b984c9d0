import { describe, expect, it } from "vitest";
import { perdureError } from "../core/errors.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import type { CrewReport } from "./crew-report.ts";
import { createReadiness } from "./readiness.ts";

const worker = { pid: 1, isReady: true, held: 0, stalledMs: 0, lagMs: 0, rssMb: 1 };
const failing = perdureError("WORKER_START_FAILED", { module: "m", problem: "p", output: "" });

function open(checkStore: () => Promise<{ checkedAt: number }>, crew?: CrewReport) {
  const env = createVirtualEnv();
  const readiness = createReadiness({ env, engine: { checkStore }, crew: () => crew });
  const codes = async () => (await env.runUntil(readiness.problems())).map(({ code }) => code);
  return { env, readiness, codes };
}

const fine = async () => ({ checkedAt: 1 });

describe("a node is ready", () => {
  it("when its store takes a write", async () => {
    expect(await open(fine).codes()).toEqual([]);
  });

  it("not when its disk is full, and again once there is room", async () => {
    let isFull = true;
    const { env, codes } = open(async () => {
      if (isFull) throw perdureError("DISK_FULL", { path: "p" });
      return { checkedAt: 1 };
    });
    expect(await codes()).toEqual(["DISK_FULL"]);
    isFull = false;
    await env.advance(1_000);
    expect(await codes()).toEqual([]);
  });

  it("not when its store does not answer, which is asked once for all who ask", async () => {
    let asked = 0;
    const { env, codes } = open(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    const startedAt = env.now();
    expect(await codes()).toEqual(["STORE_UNAVAILABLE"]);
    expect(env.now() - startedAt).toBe(2_000);
    expect(await codes()).toEqual(["STORE_UNAVAILABLE"]);
    expect(asked).toBe(1);
  });

  it("for a second by one check", async () => {
    let asked = 0;
    const { env, codes } = open(async () => ({ checkedAt: ++asked }));
    await codes();
    await codes();
    expect(asked).toBe(1);
    await env.advance(1_000);
    await codes();
    expect(asked).toBe(2);
  });

  it.each<[string, CrewReport["pools"], readonly string[]]>([
    ["a process of the current version takes runs", [{ version: "v_2", workers: [worker] }], []],
    ["none has been started", [], ["WORKERS_NOT_READY"]],
    ["none is ready", [{ version: "v_2", workers: [{ ...worker, isReady: false }] }], ["WORKERS_NOT_READY"]],
    ["only an older version's are", [{ version: "v_1", workers: [worker] }], ["WORKERS_NOT_READY"]],
    ["they do not start", [{ version: "v_2", workers: [], failing }], ["WORKER_START_FAILED"]],
  ])("by its worker processes, when %s", async (_, pools, codes) => {
    expect(await open(fine, { current: "v_2", pools, missing: [] }).codes()).toEqual(codes);
  });

  it("not while it is stopping, whatever else", async () => {
    const { readiness, codes } = open(fine);
    readiness.noteStopping();
    expect(await codes()).toEqual(["STOPPING"]);
  });
});
