import { describe, expect, it } from "vitest";
import { createVirtualEnv } from "../../testing/virtual-env.ts";
import { createLoop } from "./loop.ts";

type Batch = () => Promise<number | undefined>;

function loopOf(batch: Batch) {
  const env = createVirtualEnv();
  const rounds: number[] = [];
  const problems: unknown[] = [];
  const loop = createLoop({
    name: "test",
    env,
    batch: () => {
      rounds.push(env.monotonic());
      return batch();
    },
    onProblem: (error, where) => problems.push([where, (error as Error).message]),
  });
  return { env, loop, rounds, problems };
}

describe("a loop", () => {
  it("does a batch when it starts and the next after the delay that it answered", async () => {
    const delays = [1_000, 500];
    const { env, loop, rounds } = loopOf(async () => delays.shift());
    loop.start();
    loop.start();
    await env.runUntilIdle();
    expect(rounds).toEqual([0, 1_000, 1_500]);
  });

  it("does nothing before it was started", async () => {
    const { env, loop, rounds } = loopOf(async () => undefined);
    loop.wake();
    await env.runUntilIdle();
    expect(rounds).toEqual([]);
  });

  it("sleeps until it is woken, and takes hints of one tick together", async () => {
    const { env, loop, rounds } = loopOf(async () => undefined);
    loop.start();
    await env.advance(10_000);
    loop.wake();
    loop.wake();
    loop.wakeIn(300);
    await env.runUntilIdle();
    expect(rounds).toEqual([0, 10_000]);
  });

  it("sleeps no longer than the earliest delay it was told", async () => {
    const { env, loop, rounds } = loopOf(async () => 1_000);
    loop.start();
    await env.settle();
    loop.wakeIn(700);
    loop.wakeIn(300);
    loop.wakeIn(2_000);
    await env.advance(300);
    expect(rounds).toEqual([0, 300]);
    await loop.stop();
    expect(env.timers).toBe(0);
  });

  it("never does two batches at a time; what wakes it meanwhile has another follow", async () => {
    let running = 0;
    const most: number[] = [];
    const { env, loop, rounds } = loopOf(async () => {
      running += 1;
      most.push(running);
      if (rounds.length < 3) loop.wake();
      await new Promise<void>((resolve) => env.timer(100, resolve));
      running -= 1;
      return undefined;
    });
    loop.start();
    await env.runUntilIdle();
    expect(most).toEqual([1, 1, 1]);
    expect(rounds).toEqual([0, 100, 200]);
  });

  it("reports a failed batch and repeats it with growing delays, whoever wakes it", async () => {
    let failures = 3;
    const { env, loop, rounds, problems } = loopOf(async () => {
      if (failures-- > 0) throw new Error("away");
      return undefined;
    });
    loop.start();
    await env.settle();
    loop.wake();
    await env.runUntilIdle();
    expect(rounds).toEqual([0, 100, 300, 700]);
    expect(problems).toEqual(Array.from({ length: 3 }, () => ["test", "away"]));
    loop.wake();
    await env.runUntilIdle();
    expect(rounds).toHaveLength(5);
  });

  it("never waits longer than half a minute after failures", async () => {
    const { env, loop, rounds } = loopOf(async () => {
      throw new Error("away");
    });
    loop.start();
    await env.advance(10 * 60_000);
    const gaps = rounds.slice(1).map((at, place) => at - (rounds[place] ?? 0));
    expect(Math.max(...gaps)).toBe(30_000);
    await loop.stop();
  });

  it("awaits the running batch when it stops, and does no other", async () => {
    const steps: string[] = [];
    const { env, loop, rounds } = loopOf(async () => {
      await new Promise<void>((resolve) => env.timer(100, resolve));
      steps.push("batch");
      return 0;
    });
    loop.start();
    await env.settle();
    loop.wake();
    const stopped = loop.stop().then(() => steps.push("stopped"));
    await env.runUntil(stopped);
    loop.wake();
    await env.runUntilIdle();
    expect(steps).toEqual(["batch", "stopped"]);
    expect(rounds).toHaveLength(1);
  });

  it("does not begin a batch that was due when it was stopped", async () => {
    const { env, loop, rounds } = loopOf(async () => undefined);
    loop.start();
    await loop.stop();
    await env.runUntilIdle();
    expect(rounds).toEqual([]);
  });
});
