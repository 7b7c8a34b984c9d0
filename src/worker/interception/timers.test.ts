import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createRequire } from "node:module";
import nodeTimers, { clearTimeout as namedClear, setTimeout as namedTimeout } from "node:timers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Stage } from "../../../test/interception/stage.ts";
import { outsideRuns } from "../context.ts";
import { interceptTimers } from "./timers.ts";

const before = {
  globals: { setTimeout, setInterval, clearTimeout, clearInterval },
  nodeTimers: { ...nodeTimers },
  timeout: AbortSignal.timeout,
};
let stage: Stage;
let restore: () => void;

beforeEach(() => {
  stage = new Stage();
  restore = interceptTimers();
});

afterEach(() => {
  restore();
  vi.useRealTimers();
});

/** What is thrown by code that must throw. */
function thrownBy(code: () => unknown): unknown {
  try {
    code();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

describe("a timer of a run", () => {
  it.each([
    ["globalThis", () => globalThis],
    ["node:timers, by default", () => nodeTimers],
    ["node:timers, required", () => createRequire(import.meta.url)("timers") as typeof nodeTimers],
  ])("is its effect by way of %s", (_, place) => {
    const heard: unknown[] = [];
    stage.run(() => {
      place().setTimeout((...args: unknown[]) => heard.push(args), 30, "a", "b");
      const interval = place().setInterval((name: string) => heard.push(name), 20, "tick");
      place().clearTimeout(place().setTimeout(() => heard.push("never"), 10));
      place().setTimeout(() => place().clearInterval(interval), 50);
    });
    stage.pass(100);
    expect(heard).toEqual(["tick", ["a", "b"], "tick"]);
    expect(stage.waiting).toEqual([]);
  });

  it("is its effect by the names of the module", () => {
    const heard: unknown[] = [];
    stage.run(() => {
      namedTimeout(() => heard.push(1), 1);
      namedClear(namedTimeout(() => heard.push(2), 1));
    });
    stage.pass(1);
    expect(heard).toEqual([1]);
  });

  it("is `this` to its callback, and fires where it was set", () => {
    const place = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    const timer = stage.run(() =>
      place.run("inside", () =>
        setTimeout(function (this: unknown) {
          heard.push(this, place.getStore());
          setTimeout(() => heard.push("nested"), 5);
        }, 5),
      ),
    );
    stage.pass(5);
    expect(heard).toEqual([timer, "inside"]);
    stage.pass(5);
    expect(heard).toEqual([timer, "inside", "nested"]);
  });

  it("is a Timeout, and holds the run until it is told otherwise", () => {
    const timer = stage.run(() => setTimeout(() => undefined, 5));
    expect(timer).toBeInstanceOf(outsideRuns(() => setTimeout(() => undefined, 0)).constructor);
    expect([timer.hasRef(), stage.timers[0]?.doesHold]).toEqual([true, true]);
    expect(timer.unref()).toBe(timer);
    expect([timer.hasRef(), stage.timers[0]?.doesHold]).toEqual([false, false]);
    expect(timer.ref()).toBe(timer);
    expect([timer.hasRef(), stage.timers[0]?.doesHold]).toEqual([true, true]);
  });

  it("begins anew when it is refreshed, before it fires, while it fires and after", () => {
    const heard: number[] = [];
    const timer = stage.run(() => {
      const timer = setTimeout(() => {
        heard.push(stage.passedMs);
        if (heard.length === 1) timer.refresh();
      }, 10);
      return timer.unref();
    });
    stage.pass(6);
    expect(timer.refresh()).toBe(timer);
    stage.pass(20);
    expect(heard).toEqual([16, 26]);
    timer.refresh();
    stage.pass(20);
    expect(heard).toEqual([16, 26, 36]);
    expect(stage.timers.map(({ doesHold }) => doesHold)).toEqual([false, false, false, false]);
    timer.close();
    timer.refresh();
    expect(stage.waiting).toEqual([]);
  });

  it.each<[string, (timer: NodeJS.Timeout) => unknown]>([
    ["clearTimeout", (timer) => clearTimeout(timer)],
    ["clearInterval", (timer) => clearInterval(timer)],
    ["its number", (timer) => clearTimeout(+timer)],
    ["its number as text", (timer) => clearTimeout(`${+timer}`)],
    ["close", (timer) => timer.close()],
    ["dispose", (timer) => timer[Symbol.dispose]()],
    ["code outside of the run", (timer) => outsideRuns(() => clearTimeout(timer))],
  ])("is cleared by %s", (_, clear) => {
    const timer = stage.run(() => setTimeout(() => undefined, 5));
    stage.run(() => clear(timer));
    expect(stage.waiting).toEqual([]);
  });

  it("has a number that no other has, and that counts for nothing once it has fired", () => {
    const [one, other] = stage.run(() => [setTimeout(() => undefined, 5), setTimeout(() => undefined, 50)]);
    const number = Number(one);
    expect(Number(one)).toBe(number);
    expect(Number(other)).not.toBe(number);
    stage.pass(5);
    clearTimeout(number);
    expect(stage.waiting).toHaveLength(1);
  });

  it("is told from what is none", () => {
    const foreign = outsideRuns(() => setTimeout(() => undefined, 1e6));
    stage.run(() => {
      setTimeout(() => undefined, 5);
      for (const garbage of [undefined, null, 0, 12, "12", "", {}, [], Symbol.iterator, () => undefined])
        clearTimeout(garbage as never);
      clearTimeout(foreign);
    });
    expect(stage.waiting).toHaveLength(1);
    expect(foreign).toMatchObject({ _destroyed: true });
  });

  it.each([
    [0, 1],
    [0.5, 1],
    [1.9, 1],
    [7.9, 7],
    ["12", 12],
    [undefined, 1],
    [null, 1],
    [true, 1],
    [2 ** 31 - 1, 2 ** 31 - 1],
  ])("takes a delay of %s for %s", (given, expected) => {
    stage.run(() => setTimeout(() => undefined, given as number));
    expect(stage.timers.map(({ delayMs }) => delayMs)).toEqual([expected]);
  });

  it.each([
    [2 ** 31, "TimeoutOverflowWarning"],
    [Number.POSITIVE_INFINITY, "TimeoutOverflowWarning"],
  ])("takes a delay of %s for 1, and lets Node warn", async (given, name) => {
    const warned = once(process, "warning");
    stage.run(() => setInterval(() => undefined, given));
    expect(stage.timers.map(({ delayMs }) => delayMs)).toEqual([1]);
    expect((await warned)[0]).toMatchObject({ name });
  });

  it("takes what is no number, and less than nothing, for 1", () => {
    stage.run(() => [Number.NaN, -5, "soon", {}].map((delay) => setTimeout(() => undefined, delay as number)));
    expect(stage.timers.map(({ delayMs }) => delayMs)).toEqual([1, 1, 1, 1]);
  });

  it.each<[string, () => unknown]>([
    ["a callback that is none", () => setTimeout("code" as never, 5)],
    ["no callback", () => (setInterval as unknown as () => void)()],
    ["a delay that is a symbol", () => setTimeout(() => undefined, Symbol.iterator as never)],
    ["a delay that is a bigint", () => setTimeout(() => undefined, 1n as never)],
  ])("is refused in Node's words for %s", (_, code) => {
    const expected = thrownBy(code) as Error;
    const thrown = stage.run(() => thrownBy(code));
    expect(thrown).toEqual(expected);
    expect(thrown).toBeInstanceOf(TypeError);
    expect(stage.timers).toEqual([]);
  });

  it("leaves what its callback throws uncaught, and goes on", async () => {
    const handlers = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    try {
      const uncaught = once(process, "uncaughtException");
      const error = new Error("Thrown by a callback.");
      let times = 0;
      stage.run(() =>
        setInterval(() => {
          times += 1;
          if (times === 1) throw error;
        }, 5),
      );
      stage.pass(10);
      expect(times).toBe(2);
      expect((await uncaught)[0]).toBe(error);
    } finally {
      for (const handler of handlers) process.on("uncaughtException", handler);
    }
  });
});

describe("a signal of a run that aborts after a while", () => {
  it("aborts as Node's, by a timer that does not hold the run", () => {
    const signal = stage.run(() => AbortSignal.timeout(20));
    const either = AbortSignal.any([signal, new AbortController().signal]);
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(stage.timers).toMatchObject([{ delayMs: 20, isInterval: false, doesHold: false }]);
    stage.pass(19);
    expect(either.aborted).toBe(false);
    stage.pass(1);
    expect(either.aborted).toBe(true);
    expect(either.reason).toBe(signal.reason);
    expect(signal.reason).toBeInstanceOf(DOMException);
    expect(signal.reason).toMatchObject({
      name: "TimeoutError",
      message: "The operation was aborted due to timeout",
      code: DOMException.TIMEOUT_ERR,
    });
  });

  it("has the reason that one of Node's has", async () => {
    const signal = AbortSignal.timeout(1);
    await once(signal, "abort");
    const ours = stage.run(() => AbortSignal.timeout(0));
    stage.pass(1);
    expect({ ...describeError(ours.reason) }).toEqual(describeError(signal.reason));
  });

  it.each([-1, 1.5, "5", undefined, 2 ** 32])("refuses a delay of %s in Node's words", (delay) => {
    const code = () => AbortSignal.timeout(delay as number);
    const expected = thrownBy(code);
    expect(stage.run(() => thrownBy(code))).toEqual(expected);
    expect(stage.timers).toEqual([]);
  });
});

function describeError({ name, message, code }: DOMException): object {
  return { name, message, code };
}

describe("timers of other code", () => {
  it("are the runtime's, with the run's never among them", async () => {
    const timer = setTimeout((_: string) => undefined, 5, "argument");
    expect(Object.getPrototypeOf(timer)).toBe(
      Object.getPrototypeOf(outsideRuns(() => setInterval(() => undefined, 5)).unref()),
    );
    expect(Object.hasOwn(timer, "_onTimeout")).toBe(true);
    clearTimeout(timer);
    await new Promise((resolve) => setTimeout(resolve, 1));
    await stage.run(() => outsideRuns(() => new Promise((resolve) => setTimeout(resolve, 1))));
    expect(stage.timers).toEqual([]);
  });

  it("look as they did", () => {
    for (const name of ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] as const) {
      expect(globalThis[name]).not.toBe(before.globals[name]);
      expect(globalThis[name]).toBe(nodeTimers[name]);
      expect([globalThis[name].name, globalThis[name].length]).toEqual([name, before.globals[name].length]);
    }
  });

  it("are as before once it is all put back", () => {
    restore();
    expect({ setTimeout, setInterval, clearTimeout, clearInterval }).toEqual(before.globals);
    expect({ ...nodeTimers }).toEqual(before.nodeTimers);
    expect(namedTimeout).toBe(before.globals.setTimeout);
    expect(AbortSignal.timeout).toBe(before.timeout);
  });

  it("may be replaced by others before and after", () => {
    vi.useFakeTimers();
    const fake = globalThis.setTimeout;
    restore();
    expect(globalThis.setTimeout).toBe(fake);
    restore = interceptTimers();
    let fired = 0;
    setTimeout(() => (fired += 1), 1_000);
    stage.run(() => setTimeout(() => (fired += 10), 1_000));
    vi.advanceTimersByTime(1_000);
    expect(fired).toBe(1);
    stage.pass(1_000);
    expect(fired).toBe(11);
    restore();
    expect(globalThis.setTimeout).toBe(fake);
  });
});
