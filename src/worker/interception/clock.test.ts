import { performance as namedPerformance } from "node:perf_hooks";
import { hrtime as namedHrtime } from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../../../test/interception/stage.ts";
import { interceptClock } from "./clock.ts";

const NodesDate = Date;
const before = {
  now: Date.now,
  performanceNow: performance.now,
  hrtime: process.hrtime,
  bigint: process.hrtime.bigint,
  format: Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format"),
  parts: Intl.DateTimeFormat.prototype.formatToParts,
};
const dateBefore = new Date(0);
const formatBefore = new Intl.DateTimeFormat("en", { timeZone: "UTC", dateStyle: "short" });
let stage: Stage;
let restore: () => void;

beforeEach(() => {
  stage = new Stage();
  restore = interceptClock();
});

afterEach(() => restore());

const makeDate = () => new Date();

describe("the time of a run", () => {
  it.each<[string, () => number]>([
    ["Date.now()", () => Date.now()],
    ["new Date()", () => makeDate().getTime()],
    ["a date's own class", () => new (dateBefore.constructor as DateConstructor)().getTime()],
    ["Reflect.construct", () => Reflect.construct(Date, []).getTime()],
    ["the function before it was replaced", () => NodesDate.now()],
  ])("is that of its effects in %s", (_, read) => {
    expect(stage.run(read)).toBe(stage.wall);
    stage.pass(1_500);
    expect(stage.run(read)).toBe(stage.wall + 1_500);
    expect(read()).toBeGreaterThan(NodesDate.UTC(2020));
  });

  it("is text without new", () => {
    expect(stage.run(() => Date())).toBe(new Date(stage.wall).toString());
    expect(stage.run(() => (Date as (...args: unknown[]) => string)(0, "ignored"))).toBe(
      new Date(stage.wall).toString(),
    );
    expect(Date.parse(Date())).toBeGreaterThan(Date.UTC(2020));
  });

  it("is that of classes which extend Date", () => {
    class Late extends Date {}
    const late = stage.run(() => new Late());
    expect(late).toBeInstanceOf(Late);
    expect(late.getTime()).toBe(stage.wall);
    class Deadline extends Date {
      readonly note: string;

      constructor(note: string, ...args: [number?]) {
        super(...(args as [number]));
        this.note = note;
      }

      get year(): number {
        return this.getFullYear();
      }
    }
    const deadline = stage.run(() => new Deadline("soon"));
    expect([deadline.getTime(), deadline.note, deadline.year]).toEqual([stage.wall, "soon", 2001]);
    expect(new Deadline("then", 5).getTime()).toBe(5);
  });

  it("is no matter where a date is given", () => {
    const made = stage.run(() => [
      new Date(5),
      new Date("2020-02-03T04:05:06Z"),
      new Date(2020, 1, 3),
      new Date(Date.UTC(2020, 1)),
      new Date(dateBefore),
      new Date(undefined as never),
    ]);
    expect(made.map(Number)).toEqual([
      5,
      Date.parse("2020-02-03T04:05:06Z"),
      new NodesDate(2020, 1, 3).getTime(),
      Date.UTC(2020, 1),
      0,
      Number.NaN,
    ]);
  });

  it("goes on in what measures it", () => {
    expect(stage.run(() => performance.now())).toBe(1_000.125);
    expect(stage.run(() => namedPerformance.now())).toBe(1_000.125);
    expect(stage.run(() => process.hrtime())).toEqual([1, 125_000]);
    expect(stage.run(() => namedHrtime())).toEqual([1, 125_000]);
    expect(stage.run(() => process.hrtime.bigint())).toBe(1_000_125_000n);
    expect(stage.run(() => namedHrtime.bigint())).toBe(1_000_125_000n);
  });

  it.each([0, 0.001, 999.874, 999.875, 12_345.678])("is measured over %s ms", (ms) => {
    const [start, exact] = stage.run(() => [process.hrtime(), process.hrtime.bigint()]);
    stage.pass(ms);
    const [seconds, nanoseconds] = stage.run(() => process.hrtime(start));
    expect(seconds * 1e6 + nanoseconds / 1e3).toBe(Math.round(ms * 1000));
    expect(nanoseconds).toBeLessThan(1e9);
    expect(stage.run(() => process.hrtime.bigint() - exact)).toBe(BigInt(Math.round(ms * 1000)) * 1000n);
  });

  it("is what a format without a date shows", () => {
    const formats = [formatBefore, new Intl.DateTimeFormat("en", { timeZone: "UTC", dateStyle: "short" })];
    for (const format of formats) {
      expect(stage.run(() => format.format())).toBe("2/3/01");
      expect(stage.run(() => format.format(0))).toBe("1/1/70");
      expect(stage.run(() => format.formatToParts()).map(({ value }) => value)).toEqual(["2", "/", "3", "/", "01"]);
      expect(format.format()).toBe(format.format(Date.now()));
      expect([0, 86_400_000].map(format.format)).toEqual(["1/1/70", "1/2/70"]);
      expect(format.format).toBe(format.format);
    }
  });

  it.each<[string, () => unknown]>([
    ["a difference to what is no time", () => process.hrtime("then" as never)],
    ["a difference to nothing", () => process.hrtime(null as never)],
    ["a difference to half a time", () => process.hrtime([1] as never)],
    ["a clock that is none", () => performance.now.call({} as never)],
    ["a format that is none", () => Intl.DateTimeFormat.prototype.formatToParts.call({} as never)],
    ["a format that is none, by its property", () => Reflect.get(Intl.DateTimeFormat.prototype, "format", {})],
  ])("is refused in Node's words for %s", (_, code) => {
    expect(thrownBy(code)).toBeInstanceOf(Error);
    expect(stage.run(() => thrownBy(code))).toEqual(thrownBy(code));
  });
});

function thrownBy(code: () => unknown): unknown {
  try {
    return code();
  } catch (error) {
    return error;
  }
}

describe("the class Date", () => {
  it("is that of every date, whoever made it and when", () => {
    for (const date of [
      dateBefore,
      new Date(),
      new NodesDate(),
      structuredClone(new Date()),
      stage.run(() => new Date()),
    ]) {
      expect(date instanceof Date).toBe(true);
      expect(date instanceof NodesDate).toBe(true);
      expect(date.constructor).toBe(Date);
      expect(Object.getPrototypeOf(date)).toBe(Date.prototype);
      expect(Object.prototype.toString.call(date)).toBe("[object Date]");
    }
    expect(Date.prototype).toBe(NodesDate.prototype);
  });

  it("looks as it did", () => {
    expect(Date).not.toBe(NodesDate);
    expect([Date.name, Date.length]).toEqual(["Date", 7]);
    expect(Reflect.ownKeys(Date)).toEqual(Reflect.ownKeys(NodesDate));
    expect([Date.parse, Date.UTC]).toEqual([NodesDate.parse, NodesDate.UTC]);
    expect([Date.now.name, Date.now.length]).toEqual(["now", 0]);
    expect(Object.keys(globalThis)).not.toContain("Date");
    expect(String(Date)).toContain("[native code]");
  });

  it("is as before once it is all put back", () => {
    const date = stage.run(() => new Date());
    restore();
    expect(Date).toBe(NodesDate);
    expect(date).toBeInstanceOf(Date);
    expect(date.constructor).toBe(Date);
    expect({
      now: Date.now,
      performanceNow: performance.now,
      hrtime: process.hrtime,
      bigint: process.hrtime.bigint,
      format: Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format"),
      parts: Intl.DateTimeFormat.prototype.formatToParts,
    }).toEqual(before);
    expect(namedHrtime).toBe(before.hrtime);
  });
});

describe("the time of other code", () => {
  it("is the real one, by every clock", () => {
    const start = before.now();
    const [seconds] = process.hrtime();
    const reads = [Date.now(), makeDate().getTime()];
    expect(reads.every((read) => read >= start && read <= before.now())).toBe(true);
    expect(seconds).toBeLessThanOrEqual(Number(process.hrtime.bigint() / 1_000_000_000n));
    expect(performance.now()).toBeLessThanOrEqual(before.performanceNow.call(performance));
    expect(process.hrtime([seconds, 0])[0]).toBeGreaterThanOrEqual(0);
    expect(performance.timeOrigin).toBeGreaterThan(Date.UTC(2020));
  });
});
