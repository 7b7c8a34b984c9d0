import { beforeEach, describe, expect, it } from "vitest";
import { createHints } from "./hints.ts";

let told: string[] = [];
const note = (what: string) => (about?: unknown) => void told.push(about === undefined ? what : `${what} ${about}`);
const make = () =>
  createHints({
    dispatcher: note("dispatcher"),
    preferred: note("preferred"),
    reaper: note("reaper"),
    waker: note("waker"),
    expirer: note("expirer"),
    batchPruner: note("batchPruner"),
    canceler: note("canceler"),
    finished: note("finished"),
    poke: note("poke"),
  });

beforeEach(() => {
  told = [];
});

describe("hints", () => {
  it("tell each loop when to look", () => {
    const hints = make();
    hints.ready();
    hints.ready(5);
    hints.leased(6);
    hints.waits(7);
    hints.expires(8);
    hints.canceling();
    hints.called("w");
    expect(told.slice(0, 6)).toEqual(["dispatcher 0", "dispatcher 5", "reaper 6", "waker 7", "expirer 8", "canceler"]);
    expect(told.slice(6)).toEqual(["preferred w", "dispatcher 0"]);
  });

  it("poke the workers of woken runs that execute, and have the others leased", () => {
    make().woken([
      { runId: "a", waitpointId: "w", status: "executing" },
      { runId: "b", waitpointId: "w", status: "queued" },
    ]);
    expect(told).toEqual(["poke a", "dispatcher 0"]);
  });

  it("have the canceler look again when a run whose end was asked for leaves its worker", () => {
    const hints = make();
    hints.endAsked("a");
    hints.freed("b");
    expect(told).toEqual(["poke a", "canceler", "dispatcher 0"]);
    hints.freed("a");
    expect(told.slice(3)).toEqual(["canceler", "dispatcher 0"]);
    hints.freed("a");
    expect(told.slice(5)).toEqual(["dispatcher 0"]);
  });

  it("forget a run that is final", () => {
    const hints = make();
    hints.endAsked("a");
    hints.finished("a");
    told = [];
    hints.freed("a");
    expect(told).toEqual(["dispatcher 0"]);
  });
});
