import { describe, expect, it } from "vitest";
import { type IsolationOptions, memoryMbOf } from "./isolation.ts";

describe("the memory of a task's runs", () => {
  it.each<[IsolationOptions, number | undefined]>([
    [{}, undefined],
    [{ isolation: "shared" }, undefined],
    [{ isolation: "process" }, 0],
    [{ machine: "micro" }, 256],
    [{ machine: { preset: "large-2x" }, isolation: "process" }, 16_384],
    [{ memoryLimit: "128MB" }, 128],
    [{ memoryLimit: "1.5 GB" }, 1_536],
  ])("of %j is %s MB", (options, memoryMb) => {
    expect(memoryMbOf(options, "task a")).toBe(memoryMb);
  });

  it.each<[unknown, string]>([
    [{ isolation: "container" }, "shared, process"],
    [{ machine: "huge" }, "small-1x"],
    [{ machine: "constructor" }, "small-1x"],
    [{ machine: {} }, "small-1x"],
    [{ machine: null }, "small-1x"],
    [{ memoryLimit: 512 }, '"512MB"'],
    [{ memoryLimit: "512" }, '"512MB"'],
    [{ memoryLimit: "100MB" }, "128 MB"],
    [{ memoryLimit: "2000000 GB" }, "1024 GB"],
    [{ machine: "micro", memoryLimit: "1GB" }, "not both"],
    [{ machine: "micro", isolation: "shared" }, "leave isolation out"],
  ])("is refused in %j", (options, problem) => {
    expect(() => memoryMbOf(options as IsolationOptions, "task a")).toThrow(problem);
  });

  it("promises no processors", () => {
    const machine = { preset: "micro", cpu: 2 } as IsolationOptions["machine"];
    expect(() => memoryMbOf({ ...(machine === undefined ? {} : { machine }) }, "task a")).toThrow(
      "machine of task a has the option cpu",
    );
  });
});
