import { describe, expect, it } from "vitest";
import { type ErrorCode, perdureError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { retryingStore } from "./retrying.ts";

/** A database that is away for a while: its first `failures` answers are this error. */
function failing(code: ErrorCode, failures: number) {
  const env = createVirtualEnv();
  const sent: { verb: string; params: object; at: number }[] = [];
  const verb = (name: string) => async (params: object) => {
    sent.push({ verb: name, params, at: env.monotonic() });
    if (sent.length <= failures) throw perdureError(code);
    return { released: 1 };
  };
  const bare = {
    isSingleNode: true,
    now: () => 42,
    releaseRuns: verb("releaseRuns"),
    createRuns: verb("createRuns"),
    findRun: verb("findRun"),
  };
  return { env, sent, store: retryingStore(bare as unknown as Store, env) };
}

const params = { environmentId: "e", now: 1, leases: [] };
const newRuns = { environmentId: "e", now: 1, runs: [] };

describe("a store that retries", () => {
  it("sends a write again with the same parameters until it is taken", async () => {
    const { env, sent, store } = failing("STORE_UNAVAILABLE", 3);
    expect(await env.runUntil(store.releaseRuns(params))).toEqual({ released: 1 });
    expect(sent.map(({ at }) => at)).toEqual([0, 100, 300, 700]);
    expect(sent.every((one) => one.params === params)).toBe(true);
  });

  it("gives up after about half a minute", async () => {
    const { env, store } = failing("STORE_UNAVAILABLE", 100);
    await expect(env.runUntil(store.createRuns(newRuns))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(env.monotonic()).toBeGreaterThan(25_000);
    expect(env.monotonic()).toBeLessThan(35_000);
  });

  it.each<[ErrorCode]>([["DISK_FULL"], ["STORE_BUSY"]])(
    "waits for room with a worker's write, not with new runs: %s",
    async (code) => {
      const worker = failing(code, 1);
      await worker.env.runUntil(worker.store.releaseRuns(params));
      expect(worker.sent).toHaveLength(2);

      const child = failing(code, 1);
      const append = { firstSeq: 1, entries: [], waitpoints: [] };
      await child.env.runUntil(child.store.createRuns({ ...newRuns, parent: { runId: "run_1", epoch: 1, append } }));
      expect(child.sent).toHaveLength(2);

      const client = failing(code, 1);
      await expect(client.env.runUntil(client.store.createRuns(newRuns))).rejects.toMatchObject({ code });
      expect(client.sent).toHaveLength(1);
    },
  );

  it("does not repeat what would fail again, nor reads", async () => {
    const closed = failing("STORE_CLOSED", 1);
    await expect(closed.env.runUntil(closed.store.releaseRuns(params))).rejects.toMatchObject({ code: "STORE_CLOSED" });
    const read = failing("STORE_UNAVAILABLE", 1);
    const finding = read.store.findRun({ environmentId: "e", runId: "r" });
    await expect(read.env.runUntil(finding)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect([closed.sent.length, read.sent.length]).toEqual([1, 1]);
  });

  it("is the same store otherwise", () => {
    const { store } = failing("STORE_CLOSED", 0);
    expect([store.isSingleNode, store.now()]).toEqual([true, 42]);
  });
});
