import { describe, expect, it } from "vitest";
import type { LeasedRun, LeaseKey } from "../core/run.ts";
import type { ClientCalls } from "../protocol/client-calls.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import { Gate } from "./gate.ts";
import { LeaseBook } from "./lease-book.ts";

const OWN: LeaseKey = { runId: "run_own", epoch: 3 };
const FOREIGN: LeaseKey = { runId: "run_foreign", epoch: 1 };
const STALE: LeaseKey = { ...OWN, epoch: 2 };

/** A node that does what it is told, and a gate of a process that holds one run of two. */
async function openGate(isAway = false) {
  const heard: [string, unknown][] = [];
  const answers: Readonly<Record<string, (input: { leases: readonly LeaseKey[] }) => unknown>> = {
    record: () => ({ state: "recorded" }),
    park: () => ({ state: "parked" }),
    finish: () => ({ state: "completed" }),
    renew: ({ leases }) => ({
      leases: leases.map(({ runId }) => ({ runId, held: true, cancelRequested: false })),
      leaseMs: 1,
      now: 2,
    }),
  };
  const calls = new Proxy(
    {},
    {
      get: (_, name: string) => async (input: { leases: readonly LeaseKey[] }) => {
        heard.push([name, input]);
        return answers[name]?.(input);
      },
    },
  ) as ClientCalls & WorkerCalls;
  const book = new LeaseBook<string>();
  const gate = new Gate({
    calls,
    book,
    holder: "mine",
    lease: async () => {
      // As the lane of processes that execute one run each, which knows its runs before the process has asked.
      book.hear("mine", { gained: [OWN] });
      return { runs: [{ id: OWN.runId, epoch: OWN.epoch } as LeasedRun], leaseMs: 1, now: 0 };
    },
    isAway: () => isAway,
    keepWarm: 1,
    onProblem: (error) => expect.fail(String(error)),
  });
  book.hear("other", { gained: [FOREIGN] });
  await gate.pass("lease", { workerId: "worker_1" });
  return { gate, heard, book };
}

describe("a process", () => {
  it.each(["record", "triggerFrom", "park", "finish"])(
    "may say %s of runs that it holds, and of no others",
    async (call) => {
      const { gate, heard } = await openGate();
      for (const lease of [FOREIGN, STALE]) expect(await gate.pass(call, lease)).toEqual({ state: "lost" });
      expect(heard).toEqual([]);
      await gate.pass(call, OWN).catch(() => undefined);
      expect(heard).toEqual([[call, OWN]]);
    },
  );

  it("renews and gives back nothing but its own", async () => {
    const { gate, heard } = await openGate();
    const leases = [FOREIGN, OWN, STALE];
    const { leases: renewed } = (await gate.pass("renew", { workerId: "w", leases })) as {
      leases: { held: boolean }[];
    };
    expect(renewed.map(({ held }) => held)).toEqual([false, true, false]);
    await gate.pass("release", { workerId: "w", leases });
    await gate.pass("release", { workerId: "w", leases: [FOREIGN] });
    expect(heard).toEqual([
      ["renew", { workerId: "w", leases: [OWN] }],
      ["release", { workerId: "w", leases: [OWN] }],
    ]);
  });

  it("calls back for a run that it has parked itself", async () => {
    const { gate, heard } = await openGate();
    await gate.pass("unpark", OWN);
    await gate.pass("park", OWN);
    await gate.pass("unpark", FOREIGN);
    await gate.pass("unpark", OWN);
    expect(heard.map(([call]) => call)).toEqual(["park", "unpark"]);
  });

  it("asks as a client what every client may", async () => {
    const { gate, heard } = await openGate();
    await gate.pass("retrieve", { runId: FOREIGN.runId });
    await gate.pass("trigger", { requests: [] });
    expect(heard.map(([call]) => call)).toEqual(["retrieve", "trigger"]);
    await expect(gate.pass("constructor", {})).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("that is away gets no runs; they go back", async () => {
    const { heard, book } = await openGate(true);
    expect(heard).toEqual([["release", { workerId: "worker_1", leases: [OWN] }]]);
    // Else whoever seats runs would wait for ever for this one to end.
    expect(book.heldBy("mine")).toEqual([]);
  });
});
