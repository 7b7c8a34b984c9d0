import nodeTimers from "node:timers";
import timersPromises, { setTimeout as namedTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../../../test/interception/stage.ts";
import { interceptTimers } from "./timers.ts";

const before = { ...timersPromises, wait: timersPromises.scheduler.wait };
let stage: Stage;
let restore: () => void;

beforeEach(() => {
  stage = new Stage();
  restore = interceptTimers();
});

afterEach(() => restore());

type Promised = typeof timersPromises.setTimeout;

describe("a promised timer of a run", () => {
  it.each<[string, () => Promised]>([
    ["node:timers/promises", () => timersPromises.setTimeout],
    ["its name in that module", () => namedTimeout],
    ["node:timers", () => nodeTimers.promises.setTimeout],
    ["util.promisify", () => promisify(setTimeout) as Promised],
    ["util.promisify of node:timers", () => promisify(nodeTimers.setTimeout) as Promised],
  ])("is its effect by way of %s", async (_, place) => {
    const heard: unknown[] = [];
    stage.run(() => void place()(20, "value").then((value) => heard.push(value)));
    expect(stage.timers).toMatchObject([{ delayMs: 20, isInterval: false, doesHold: true }]);
    await stage.go(19);
    expect(heard).toEqual([]);
    await stage.go(1);
    expect(heard).toEqual(["value"]);
  });

  it("may let the run go", () => {
    stage.run(() => void timersPromises.setTimeout(20, undefined, { ref: false }));
    expect(stage.timers).toMatchObject([{ doesHold: false }]);
  });

  it("is given up with its signal, as Node's", async () => {
    const reason = new Error("Enough.");
    const nodes = new AbortController();
    const expected = timersPromises
      .setTimeout(1e6, undefined, { signal: nodes.signal })
      .catch((error: unknown) => error);
    nodes.abort(reason);
    const ours = new AbortController();
    const given = stage.run(() => timersPromises.setTimeout(20, undefined, { signal: ours.signal }));
    const failed = given.catch((error: unknown) => error);
    ours.abort(reason);
    expect(await failed).toEqual(await expected);
    expect(await failed).toMatchObject({ name: "AbortError", code: "ABORT_ERR", cause: reason });
    expect((await failed)?.constructor).toBe((await expected)?.constructor);
    expect(stage.waiting).toEqual([]);
  });

  it("hears nothing of its signal once it has fired", async () => {
    const { signal } = new AbortController();
    const heard: unknown[] = [];
    stage.run(() => void timersPromises.setTimeout(20, 1, { signal }).then((value) => heard.push(value)));
    await stage.go(20);
    signal.dispatchEvent(new Event("abort"));
    expect(heard).toEqual([1]);
    expect(stage.waiting).toEqual([]);
  });

  it("is not set when its signal is aborted", async () => {
    const signal = AbortSignal.abort("Enough.");
    await expect(stage.run(() => timersPromises.setTimeout(20, undefined, { signal }))).rejects.toMatchObject({
      name: "AbortError",
      cause: "Enough.",
    });
    expect(stage.timers).toEqual([]);
  });

  it.each<[string, unknown[]]>([
    ["a delay that is text", ["20"]],
    ["options that are null", [20, undefined, null]],
    ["options that are a list", [20, undefined, []]],
    ["a signal that is none", [20, undefined, { signal: {} }]],
    ["a signal that is null", [20, undefined, { signal: null }]],
    ["a ref that is a number", [20, undefined, { ref: 1 }]],
  ])("is refused in Node's words for %s", async (_, args) => {
    const call = () =>
      (timersPromises.setTimeout as (...args: unknown[]) => Promise<unknown>)(...args).catch((error: unknown) => error);
    const expected = await call();
    expect(expected).toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
    expect(await stage.run(call)).toEqual(expected);
    expect(stage.timers).toEqual([]);
  });

  it("is what the scheduler waits by", async () => {
    const heard: unknown[] = [];
    stage.run(() => void timersPromises.scheduler.wait(20).then((value) => heard.push(value)));
    stage.run(() => void timersPromises.scheduler.wait(30, { ref: false } as object));
    expect(stage.timers).toMatchObject([
      { delayMs: 20, doesHold: true },
      { delayMs: 30, doesHold: false },
    ]);
    await stage.go(20);
    expect(heard).toEqual([undefined]);
    const { wait } = timersPromises.scheduler;
    expect(() => stage.run(() => wait.call({} as never, 5))).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_THIS" }),
    );
  });
});

describe("a promised interval of a run", () => {
  it("gives one value for each time that has passed, from the first that was asked for", async () => {
    const heard: unknown[] = [];
    const done = stage.run(async () => {
      const ticks = timersPromises.setInterval(10, "tick");
      expect(stage.timers).toEqual([]);
      for await (const tick of ticks) if (heard.push(tick) === 3) break;
    });
    expect(stage.timers).toMatchObject([{ delayMs: 10, isInterval: true, doesHold: true }]);
    await stage.go(10);
    expect(heard).toEqual(["tick"]);
    await stage.go(25);
    await done;
    expect(heard).toEqual(["tick", "tick", "tick"]);
    expect(stage.waiting).toEqual([]);
  });

  it("is given up with its signal, as Node's", async () => {
    const controller = new AbortController();
    const heard: unknown[] = [];
    const failed = stage
      .run(async () => {
        for await (const tick of timersPromises.setInterval(10, "tick", { signal: controller.signal, ref: false }))
          heard.push(tick);
      })
      .catch((error: unknown) => error);
    expect(stage.timers).toMatchObject([{ doesHold: false }]);
    await stage.go(10);
    controller.abort("Enough.");
    expect(await failed).toMatchObject({ name: "AbortError", code: "ABORT_ERR", cause: "Enough." });
    expect(heard).toEqual(["tick"]);
    expect(stage.waiting).toEqual([]);
  });

  it.each<[string, unknown[]]>([
    ["a delay that is text", ["20"]],
    ["a signal that is aborted", [20, undefined, { signal: AbortSignal.abort() }]],
    ["a ref that is a number", [20, undefined, { ref: 1 }]],
  ])("is refused in Node's words for %s", async (_, args) => {
    const call = () =>
      (timersPromises.setInterval as (...args: unknown[]) => AsyncIterator<unknown>)(...args)
        .next()
        .catch((error: unknown) => error);
    const expected = await call();
    expect(expected).toBeInstanceOf(Error);
    expect(await stage.run(call)).toEqual(expected);
    expect(stage.timers).toEqual([]);
  });
});

describe("promised timers of other code", () => {
  it("are the runtime's", async () => {
    expect(await timersPromises.setTimeout(1, "value")).toBe("value");
    for await (const tick of timersPromises.setInterval(1, "tick")) {
      expect(tick).toBe("tick");
      break;
    }
    await timersPromises.scheduler.wait(1);
    expect(stage.timers).toEqual([]);
  });

  it("are as before once it is all put back", () => {
    expect(timersPromises.setTimeout).not.toBe(before.setTimeout);
    restore();
    expect({ ...timersPromises, wait: timersPromises.scheduler.wait }).toEqual(before);
    expect(promisify(setTimeout)).toBe(before.setTimeout);
  });
});
