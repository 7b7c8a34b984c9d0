import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVirtualEnv } from "./virtual-env.ts";

const START = Date.UTC(2026, 0, 1);

describe("virtual time", () => {
  it("passes only when told to, and both clocks show it", async () => {
    const env = createVirtualEnv({ start: START });
    await env.advance(10 * 24 * 3_600_000);
    expect(env.now()).toBe(Date.UTC(2026, 0, 11));
    expect(env.monotonic()).toBe(10 * 24 * 3_600_000);
  });

  it("fires timers by time, then in the order in which they were set", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 40 }), async (delays) => {
        const env = createVirtualEnv();
        const fired: { delay: number; place: number; at: number }[] = [];
        for (const [place, delay] of delays.entries())
          env.timer(delay, () => fired.push({ delay, place, at: env.monotonic() }));
        await env.runUntilIdle();
        const expected = delays.map((delay, place) => ({ delay, place, at: delay }));
        expect(fired).toEqual(expected.sort((one, other) => one.delay - other.delay || one.place - other.place));
      }),
      { numRuns: 25 },
    );
  });

  it("does not fire a timer that was cleared, nor one beyond the time", async () => {
    const env = createVirtualEnv();
    const fired: string[] = [];
    env.timer(5, () => fired.push("cleared")).clear();
    const later = env.timer(11, () => fired.push("later"));
    env.timer(10, () => fired.push("due"));
    await env.advance(10);
    expect(fired).toEqual(["due"]);
    expect(env.timers).toBe(1);
    later.clear();
    later.clear();
    expect(env.timers).toBe(0);
  });

  it("lets everything that is ready run between two timers", async () => {
    const env = createVirtualEnv();
    const order: string[] = [];
    const first = async () => {
      order.push("first");
      await null;
      await new Promise<void>((resolve) => env.turn(resolve));
      order.push("its promises and turns");
      env.timer(0, () => order.push("its timer"));
    };
    env.timer(1, () => void first());
    env.timer(2, () => order.push("second"));
    await env.runUntilIdle();
    expect(order).toEqual(["first", "its promises and turns", "its timer", "second"]);
  });

  it("fires a timer that is due at once without time passing", async () => {
    const env = createVirtualEnv({ start: START });
    let isFired = false;
    env.timer(-5, () => {
      isFired = true;
    });
    await env.settle();
    expect(isFired).toBe(true);
    expect(env.now()).toBe(START);
  });

  it("jumps on the wall and not for timers", async () => {
    const env = createVirtualEnv({ start: START });
    let at = 0;
    env.timer(10, () => {
      at = env.now();
    });
    env.jump(-1_000);
    await env.advance(10);
    expect(at).toBe(START - 990);
    expect(env.monotonic()).toBe(10);
  });

  it("runs until a promise settles, and says when nothing could settle it", async () => {
    const env = createVirtualEnv();
    const late = new Promise<string>((resolve) => env.timer(1_000, () => resolve("late")));
    env.timer(2_000, () => {});
    expect(await env.runUntil(late)).toBe("late");
    expect(env.monotonic()).toBe(1_000);
    await expect(env.runUntil(Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(env.runUntil(new Promise(() => {}))).rejects.toThrow("Nothing is left");
  });

  it("says when a program never rests", async () => {
    const env = createVirtualEnv();
    const again = () => env.timer(1_000, again);
    again();
    await expect(env.runUntilIdle(10_000)).rejects.toThrow("not idle after 10000 ms");
  });
});

describe("virtual chance", () => {
  it("is the same for the same seed and another for another", () => {
    const draw = (seed: number) => {
      const env = createVirtualEnv({ seed });
      return [env.random(), env.random(), ...env.randomBytes(8)];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("is spread evenly over [0, 1)", () => {
    const env = createVirtualEnv();
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) {
      const place = Math.floor(env.random() * 10);
      buckets[place] = (buckets[place] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
