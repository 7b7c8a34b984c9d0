import { describe, expect, it } from "vitest";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { StoreClock } from "./store-clock.ts";

const HOUR_MS = 3_600_000;

describe("the store's clock as a worker knows it", () => {
  it("goes on from what the node said last", async () => {
    const env = createVirtualEnv();
    const clock = new StoreClock(env);
    clock.heard(1_000_000);
    await env.advance(5_000);
    expect(clock.earliest).toBe(1_005_000);
    expect(clock.latest).toBe(1_005_000);
  });

  it("is between two readings when our wall clock was set, until the node speaks again", () => {
    const env = createVirtualEnv();
    const clock = new StoreClock(env);
    clock.heard(1_000_000);
    env.jump(HOUR_MS);
    expect([clock.earliest, clock.latest]).toEqual([1_000_000, 1_000_000 + HOUR_MS]);
    env.jump(-2 * HOUR_MS);
    expect([clock.earliest, clock.latest]).toEqual([1_000_000 - HOUR_MS, 1_000_000]);
    clock.heard(1_000_000);
    expect([clock.earliest, clock.latest]).toEqual([1_000_000, 1_000_000]);
  });
});
