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

  it("waits longer than a timer of Node can", async () => {
    const env = await createEnvOfFakes();
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

  it("takes a delay below zero for none", async () => {
    const env = await createEnvOfFakes();
    let isFired = false;
    env.timer(-5, () => {
      isFired = true;
    });
    vi.advanceTimersByTime(1);
    expect(isFired).toBe(true);
  });

  it("does not see what is put in the place of the runtime's own afterwards", () => {
    vi.useFakeTimers({ now: 0 });
    const env = createSystemEnv();
    expect(env.now()).toBeGreaterThan(Date.UTC(2026, 0, 1) - 1e12);
    const timer = env.timer(1_000, () => undefined);
    expect(vi.getTimerCount()).toBe(0);
    timer.clear();
  });
});

/** The module takes what it finds when it is loaded. */
async function createEnvOfFakes() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.resetModules();
  const loaded = await import("./env.ts");
  return loaded.createSystemEnv();
}
