import { describe, expect, it } from "vitest";
import type { LeasedRun, LeaseKey } from "../core/run.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { askTime } from "./lease.ts";
import { Lookahead } from "./lookahead.ts";

function createLookahead() {
  const env = createVirtualEnv();
  const givenBack: LeaseKey[] = [];
  const lookahead = new Lookahead(env, (leases) => givenBack.push(...leases));
  const add = (id: string) => lookahead.add({ run: { id, epoch: 1 } as LeasedRun, askedAt: askTime(env) });
  return { env, givenBack, lookahead, add };
}

describe("runs that are leased ahead", () => {
  it("are as many as end while a lease travels", () => {
    const { lookahead } = createLookahead();
    expect(lookahead.wanted(10)).toBe(0);
    lookahead.noteRun(20);
    lookahead.noteLease(4, true);
    expect(lookahead.wanted(10)).toBe(2);
  });

  it("are none where runs are long, and a bounded number where they take no time", () => {
    const { lookahead } = createLookahead();
    lookahead.noteLease(4, true);
    lookahead.noteRun(60_000);
    expect(lookahead.wanted(100)).toBe(0);
    for (let run = 0; run < 200; run++) lookahead.noteRun(0);
    expect(lookahead.wanted(100)).toBe(40);
  });

  it("are none without a backlog, so that another worker finds them at the node", () => {
    const { lookahead } = createLookahead();
    lookahead.noteRun(1);
    lookahead.noteLease(4, true);
    lookahead.noteLease(4, false);
    expect(lookahead.wanted(10)).toBe(0);
  });

  it("get their slots in the order in which they came", () => {
    const { lookahead, add } = createLookahead();
    add("run_1");
    add("run_2");
    expect([lookahead.take(), lookahead.take(), lookahead.take()].map((leased) => leased?.run.id)).toEqual([
      "run_1",
      "run_2",
      undefined,
    ]);
  });

  it("go back to the node when no slot became free for a second, each after its own", async () => {
    const { env, lookahead, add, givenBack } = createLookahead();
    add("run_1");
    await env.advance(600);
    add("run_2");
    await env.advance(600);
    expect(givenBack.map(({ runId }) => runId)).toEqual(["run_1"]);
    await env.advance(1_500);
    expect(givenBack.map(({ runId }) => runId)).toEqual(["run_1", "run_2"]);
    expect([lookahead.size, env.timers]).toEqual([0, 0]);
  });
});
