import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IdleTimer } from "./idle-timer.ts";

describe("an idle timer", () => {
  let fired: number[];
  let timer: IdleTimer;
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    fired = [];
    timer = new IdleTimer(() => fired.push(Date.now()));
  });
  afterEach(() => void vi.useRealTimers());

  it("fires once after its delay", () => {
    timer.set(100);
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([100]);
  });

  it("fires at the second end of its delay when something happened before the first, however often", () => {
    timer.set(100);
    for (const _ of [1, 2, 3, 4]) {
      vi.advanceTimersByTime(20);
      timer.note();
    }
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([200]);
  });

  it("counts from a restart exactly", () => {
    timer.set(100);
    vi.advanceTimersByTime(60);
    timer.note();
    timer.restart();
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([160]);
  });

  it("begins anew when something happens after it fired", () => {
    timer.set(100);
    vi.advanceTimersByTime(300);
    timer.note();
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([100, 400]);
  });

  it("sets as many timers for a body in one chunk as for one in a thousand", () => {
    const count = (chunks: number) => {
      const set = vi.spyOn(globalThis, "setTimeout");
      timer.set(100);
      for (let index = 0; index < chunks; index += 1) timer.note();
      timer.clear();
      const { length } = set.mock.calls;
      set.mockRestore();
      return length;
    };
    expect(count(1)).toBe(count(1000));
  });

  it("does not fire when it is cleared, or has no delay", () => {
    timer.set(100);
    timer.clear();
    timer.set(0);
    timer.note();
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
