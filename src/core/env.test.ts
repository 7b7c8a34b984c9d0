import { describe, expect, it } from "vitest";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { nextTurn, sleep } from "./env.ts";

describe("sleep", () => {
  it("resolves when its time has come, and not before", async () => {
    const env = createVirtualEnv();
    const slept = sleep(env, 1_000);
    await env.advance(999);
    expect(env.timers).toBe(1);
    await env.advance(1);
    await slept;
    expect(env.timers).toBe(0);
  });

  it("resolves at once when its signal aborts, and leaves no timer", async () => {
    const env = createVirtualEnv();
    const controller = new AbortController();
    const slept = sleep(env, 1_000, controller.signal);
    controller.abort();
    await slept;
    expect(env.timers).toBe(0);
  });

  it("does not begin when its signal has aborted already", async () => {
    const env = createVirtualEnv();
    await sleep(env, 1_000, AbortSignal.abort());
    expect(env.timers).toBe(0);
  });

  it("lets go of a signal that never aborts", async () => {
    const env = createVirtualEnv();
    const controller = new AbortController();
    const slept = sleep(env, 10, controller.signal);
    await env.advance(10);
    await slept;
    controller.abort();
    expect(env.timers).toBe(0);
  });
});

describe("nextTurn", () => {
  it("resolves after the microtasks that are ready", async () => {
    const order: string[] = [];
    const turn = nextTurn(createVirtualEnv()).then(() => order.push("turn"));
    queueMicrotask(() => queueMicrotask(() => order.push("microtask")));
    await turn;
    expect(order).toEqual(["microtask", "turn"]);
  });
});
