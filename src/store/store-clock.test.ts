import { describe, expect, it } from "vitest";
import type { Env } from "../core/env.ts";
import { createHostClock, createSampledClock } from "./store-clock.ts";

describe("the host's clock", () => {
  it("stands still while the host's goes back", () => {
    const readings = [100, 90, 95, 101];
    const now = createHostClock({ now: () => readings.shift() } as unknown as Env);
    expect([now(), now(), now(), now()]).toEqual([100, 100, 100, 101]);
  });
});

describe("a sampled clock", () => {
  it("goes on between samples, follows the next one, and never goes back", () => {
    let passed = 0;
    const clock = createSampledClock({ monotonic: () => passed } as unknown as Env);
    clock.sample(1_000);
    passed = 50.5;
    expect(clock.now()).toBe(1_050);
    clock.sample(1_000);
    expect(clock.now()).toBe(1_050);
    clock.sample(5_000);
    passed = 60.5;
    expect(clock.now()).toBe(5_010);
  });
});
