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
    expect(clock.isCertain).toBe(true);
    expect(clock.now()).toBe(1_005_000);
  });

  it.each([HOUR_MS, -HOUR_MS])(
    "is uncertain when our wall clock was set by %i ms, until the node speaks again",
    (jumpMs) => {
      const env = createVirtualEnv();
      const clock = new StoreClock(env);
      clock.heard(1_000_000);
      env.jump(jumpMs);
      expect(clock.isCertain).toBe(false);
      expect(clock.now()).toBe(1_000_000 + Math.min(0, jumpMs));
      clock.heard(1_000_000);
      expect(clock.isCertain).toBe(true);
      expect(clock.now()).toBe(1_000_000);
    },
  );
});
