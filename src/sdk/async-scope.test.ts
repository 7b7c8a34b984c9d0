import { afterEach, describe, expect, it, vi } from "vitest";
import { createAsyncScope } from "./async-scope.ts";

afterEach(() => vi.unstubAllGlobals());

const turn = () => new Promise((done) => setImmediate(done));

describe("what holds in a function", () => {
  it("holds in what it waits for, and not beside it", async () => {
    const scope = createAsyncScope<number>();
    const seen = await Promise.all(
      [1, 2].map((n) =>
        scope.run(n, async () => {
          await turn();
          const inner = await scope.run(n * 10, async () => scope.current());
          return [scope.current(), inner];
        }),
      ),
    );
    expect(seen).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(scope.current()).toBeUndefined();
  });

  it("holds for one function at a time in a page, and ends when it throws", async () => {
    vi.stubGlobal("process", undefined);
    const scope = createAsyncScope<number>();
    vi.unstubAllGlobals();
    const inner = scope.run(1, async () => {
      await turn();
      expect(scope.current()).toBe(1);
      await scope.run(2, async () => expect(scope.current()).toBe(2));
      expect(scope.current()).toBe(1);
      throw new Error("over");
    });
    await expect(inner).rejects.toThrow("over");
    expect(scope.current()).toBeUndefined();
  });
});
