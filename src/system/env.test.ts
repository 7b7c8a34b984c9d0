import { afterEach, describe, expect, it, vi } from "vitest";
import { nextTurn, sleep } from "../core/env.ts";
import { createSystemEnv } from "./env.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("the real world", () => {
  it("has two clocks that go on", async () => {
    const env = createSystemEnv();
    const [wall, monotonic] = [env.now(), env.monotonic()];
    await sleep(env, 5);
    expect(env.now()).toBeGreaterThanOrEqual(wall);
    expect(env.monotonic()).toBeGreaterThan(monotonic);
    expect(env.now()).toBeGreaterThan(Date.UTC(2026, 0, 1) - 1e12);
  });

  it("has chance", () => {
    const env = createSystemEnv();
    expect(env.random()).toBeLessThan(1);
    expect(env.randomBytes(16)).toHaveLength(16);
    expect(env.randomBytes(16)).not.toEqual(env.randomBytes(16));
  });

  it("has turns that come after microtasks, in order", async () => {
    const env = createSystemEnv();
    const order: number[] = [];
    env.turn(() => order.push(2));
    env.turn(() => order.push(3));
    queueMicrotask(() => order.push(1));
    await nextTurn(env);
    expect(order).toEqual([1, 2, 3]);
  });

  it("waits longer than a timer of Node can", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const env = createSystemEnv();
    let fired = 0;
    const count = () => {
      fired += 1;
    };
    const month = 30 * 86_400_000;
    env.timer(month, count);
    const cleared = env.timer(month, count);
    vi.advanceTimersByTime(2 ** 31);
    cleared.clear();
    vi.advanceTimersByTime(month - 2 ** 31 - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes a delay below zero for none", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let isFired = false;
    createSystemEnv().timer(-5, () => {
      isFired = true;
    });
    vi.advanceTimersByTime(1);
    expect(isFired).toBe(true);
  });
});
