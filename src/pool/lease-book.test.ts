import { describe, expect, it } from "vitest";
import { LeaseBook } from "./lease-book.ts";
import { leaseNews } from "./lease-news.ts";

const lease = (runId: string, epoch: number) => ({ runId, epoch });
const leased = (...runs: { id: string; epoch: number }[]) => leaseNews("lease", {}, { runs, leaseMs: 30_000, now: 0 });

describe("the book of leases", () => {
  it("knows who holds a run, from its lease to its end", () => {
    const book = new LeaseBook<string>();
    book.hear("a", leased({ id: "run_1", epoch: 1 }, { id: "run_2", epoch: 4 }));
    expect(book.leaseMs).toBe(30_000);
    expect(book.heldBy("a")).toEqual([lease("run_1", 1), lease("run_2", 4)]);
    book.hear("a", leaseNews("finish", { ...lease("run_1", 1), outcome: {} }, { state: "completed" }));
    expect(book.holderOf("run_1")).toBeUndefined();
    expect(book.holderOf("run_2")).toBe("a");
    expect(book.drop("a", 0)).toEqual([{ ...lease("run_2", 4), hasBegun: false, isOverdue: false }]);
    expect(book.heldBy("a")).toEqual([]);
  });

  it.each([
    ["park", lease("run_1", 1), { state: "parked" }, false],
    ["park", lease("run_1", 1), { state: "ready" }, true],
    ["park", lease("run_1", 1), { state: "lost" }, false],
    ["record", lease("run_1", 1), { state: "recorded" }, true],
    ["record", lease("run_1", 1), { state: "ended" }, false],
    ["triggerFrom", lease("run_1", 1), { state: "triggered" }, true],
    ["triggerFrom", lease("run_1", 1), { state: "lost" }, false],
    ["finish", lease("run_1", 1), { state: "lost" }, false],
    ["release", { leases: [lease("run_1", 1)] }, undefined, false],
    ["renew", { leases: [lease("run_1", 1)] }, { leases: [{ runId: "run_1", held: true }], leaseMs: 1 }, true],
    ["renew", { leases: [lease("run_1", 1)] }, { leases: [{ runId: "run_1", held: false }], leaseMs: 1 }, false],
    ["unpark", lease("run_1", 1), undefined, true],
    ["constructor", lease("run_1", 1), {}, true],
  ])("after %s of %j was answered with %j says held: %s", (call, input, answer, isHeld) => {
    const book = new LeaseBook<string>();
    book.hear("a", leased({ id: "run_1", epoch: 1 }));
    book.hear("a", leaseNews(call, input, answer));
    expect(book.holderOf("run_1") !== undefined).toBe(isHeld);
  });

  it("goes by the latest lease of a run, in whatever order the answers come", () => {
    const book = new LeaseBook<string>();
    book.hear("b", leased({ id: "run_1", epoch: 2 }));
    book.hear("a", leased({ id: "run_1", epoch: 1 }));
    book.hear("a", leaseNews("park", lease("run_1", 1), { state: "parked" }));
    expect(book.drop("a", 0)).toEqual([]);
    expect(book.holderOf("run_1")).toBe("b");
  });
});
