import { describe, expect, it } from "vitest";
import type { ClientCalls } from "../../protocol/index.ts";
import { withShortWaits } from "./short-waits.ts";

/** A call that waits for as long as it is asked to, and notes how long that is. */
function waiting() {
  const waits: number[] = [];
  const ends: (() => void)[] = [];
  const awaitRun = async ({ waitMs }: { waitMs: number }) => {
    waits.push(waitMs);
    if (waitMs > 0) await new Promise<void>((end) => ends.push(end));
    return { id: `after ${waitMs}` };
  };
  const endAll = () => {
    for (const end of ends.splice(0)) end();
  };
  return { calls: { awaitRun } as unknown as ClientCalls, waits, end: endAll };
}

describe("a wait over HTTP", () => {
  it("ends by itself", async () => {
    const { calls, end } = waiting();
    const answer = withShortWaits(calls, new AbortController().signal).awaitRun({ runId: "run_1", waitMs: 100 });
    end();
    expect(await answer).toEqual({ id: "after 100" });
  });

  it("is answered what is so by then when the server leaves, and not waited for once it has left", async () => {
    const { calls, waits } = waiting();
    const leaving = new AbortController();
    const { awaitRun } = withShortWaits(calls, leaving.signal);
    const answer = awaitRun({ runId: "run_1", waitMs: 100 });
    leaving.abort();
    expect(await answer).toEqual({ id: "after 0" });
    expect(await awaitRun({ runId: "run_1", waitMs: 100 })).toEqual({ id: "after 0" });
    expect(waits).toEqual([100, 0, 0]);
  });

  it("leaves nothing to be called later", async () => {
    const { calls, end, waits } = waiting();
    const leaving = new AbortController();
    const answer = withShortWaits(calls, leaving.signal).awaitRun({ runId: "run_1", waitMs: 100 });
    end();
    await answer;
    await Promise.resolve();
    leaving.abort();
    expect(waits).toEqual([100]);
  });
});
