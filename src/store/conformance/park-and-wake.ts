import { describe, expect, it } from "vitest";
import { append, children, nothing, step, story, timer, type World } from "./world.ts";

export function parkingAndWaking(world: () => World): void {
  /** A run parked on a timer, which is due a second later. */
  async function parked(w: World) {
    const run = await w.execute();
    const waitpoint = timer(w.id("waitpoint"), w.now + 1_000);
    const size = await w.store.parkRun({
      ...w.at(),
      ...run,
      append: append(1, [step("a")], { waitpoints: [waitpoint] }),
      waitingOn: [waitpoint.id],
    });
    return { ...run, waitpoint, size };
  }

  describe("parkRun", () => {
    it("gives the slot back and keeps what was recorded", async () => {
      const w = world();
      const run = await w.execute();
      w.now += 30;
      const size = await w.store.parkRun({
        ...w.at(),
        ...run,
        append: append(1, [step("a")]),
        waitingOn: ["waitpoint_x"],
      });
      expect(size).toEqual({ entrySeq: 1, journalBytes: 10 });
      const row = await w.get(run.runId);
      expect(row).toMatchObject({ status: "waiting", activeMs: 30, entrySeq: 1, epoch: 1 });
      for (const field of ["leaseId", "leaseUntil", "leasedAt", "workerId"]) expect(row).not.toHaveProperty(field);
      expect((await w.events(run.runId)).at(-1)).toEqual({
        runId: run.runId,
        seq: 3,
        kind: "run.parked",
        at: w.now,
        epoch: 1,
        attempt: 1,
        workerId: "worker_1",
        details: '{"waitingOn":["waitpoint_x"]}',
      });
    });

    it("is refused, whole, when something has come already", async () => {
      const w = world();
      const run = await w.execute();
      const [due, later] = [timer(w.id("waitpoint"), w.now), timer(w.id("waitpoint"), w.now + 1)];
      await w.store.appendEntries({ ...w.at(), ...run, append: { ...nothing(), waitpoints: [due, later] } });
      await w.store.completeDueWaitpoints({ ...w.at(), limit: 10 });
      const before = await story(w, run.runId);
      const call = { ...w.at(), ...run, append: append(1, [step("a")]) };
      expect(await w.store.parkRun({ ...call, waitingOn: [later.id, due.id] })).toEqual({ refused: "already-ready" });
      expect(await story(w, run.runId)).toEqual(before);
      expect(await w.store.parkRun({ ...call, waitingOn: [later.id] })).toMatchObject({ entrySeq: 1 });
    });
  });

  describe("completeDueWaitpoints", () => {
    it("wakes the owners of what is due, the earliest first, up to the limit", async () => {
      const w = world();
      const [late, early, never] = [await parked(w), await parked(w), await parked(w)];
      const limit = 10;
      expect(await w.store.completeDueWaitpoints({ ...w.at(), limit })).toEqual({ woken: [] });
      w.now += 1_000;
      expect(await w.store.completeDueWaitpoints({ ...w.at(), limit: 1 })).toEqual({
        woken: [{ runId: late.runId, waitpointId: late.waitpoint.id, status: "queued" }],
      });
      expect((await w.get(early.runId)).status).toBe("waiting");
      expect(await w.store.completeDueWaitpoints({ ...w.at(), limit: 1 })).toMatchObject({
        woken: [{ runId: early.runId }],
      });
      const { run, events, waitpoints } = await story(w, early.runId);
      expect(run).toMatchObject({ status: "queued", dueAt: w.now, orderAt: w.now - 1_000, epoch: 1, journal: 1 });
      expect(events.at(-1)).toEqual({
        runId: early.runId,
        seq: 4,
        kind: "run.woken",
        at: w.now,
        epoch: 1,
        attempt: 1,
        details: `{"waitpointId":"${early.waitpoint.id}"}`,
      });
      expect(waitpoints[0]).toMatchObject([{ status: "completed", completedAt: w.now }]);
      expect((await w.get(never.runId)).status).toBe("waiting");
    });

    it("wakes a run once for all its timers, and names each", async () => {
      const w = world();
      const run = await w.execute();
      const timers = [timer(w.id("waitpoint"), w.now), timer(w.id("waitpoint"), w.now)];
      await w.store.parkRun({
        ...w.at(),
        ...run,
        append: { ...nothing(), waitpoints: timers },
        waitingOn: timers.map(({ id }) => id),
      });
      const { woken } = await w.store.completeDueWaitpoints({ ...w.at(), limit: 10 });
      expect(woken).toEqual(timers.map(({ id }) => ({ runId: run.runId, waitpointId: id, status: "queued" })));
      expect(await w.kinds(run.runId)).toEqual(["run.created", "run.started", "run.parked", "run.woken"]);
    });

    it("tells an executing owner, and leaves owners alone that have gone on", async () => {
      const w = world();
      const [executing, retried, held, ended] = [
        await w.execute(),
        await w.execute(),
        await w.execute(),
        await w.execute(),
      ];
      const ids = new Map<string, string>();
      for (const run of [executing, retried, held, ended]) {
        const waitpoint = timer(w.id("waitpoint"), w.now);
        ids.set(run.runId, waitpoint.id);
        await w.store.appendEntries({ ...w.at(), ...run, append: { ...nothing(), waitpoints: [waitpoint] } });
      }
      await w.store.restartRun({ ...w.at(), ...retried });
      const again = await w.leaseAgain(retried.runId);
      await w.store.parkRun({ ...w.at(), ...again, append: nothing(), waitingOn: [] });
      await w.store.holdRun({
        ...w.at(),
        ...held,
        waitpoint: { id: w.id("waitpoint"), entryKey: "hold#1", kind: "hold" },
        details: "diff",
      });
      await w.store.cancelRun({ ...w.at(), ...ended });
      const { woken } = await w.store.completeDueWaitpoints({ ...w.at(), limit: 10 });
      expect(woken).toEqual([{ runId: executing.runId, waitpointId: ids.get(executing.runId), status: "executing" }]);
      expect((await w.get(retried.runId)).status).toBe("waiting");
      expect((await w.get(held.runId)).status).toBe("waiting");
    });
  });

  describe("the end of a child", () => {
    it("wakes its parent when it is the last", async () => {
      const w = world();
      const parent = await w.execute();
      const runs = [w.newRun({ task: "child" }), w.newRun({ task: "child" })];
      const waitpoint = children(w.id("waitpoint"));
      await w.store.createRuns({ ...w.at(), runs, parent: { ...parent, append: nothing(), waitpoint } });
      await w.store.parkRun({ ...w.at(), ...parent, append: nothing(), waitingOn: [waitpoint.id] });
      const leased = await w.lease(2, { tasks: ["child"] });
      const [first, second] = leased.map(({ id, epoch }) => ({ runId: id, epoch }));
      const one = await w.store.completeRun({
        ...w.at(),
        ...(first as { runId: string; epoch: number }),
        append: nothing(),
        output: "{1}",
      });
      expect(one).toEqual({ woken: [] });
      expect((await w.store.listWaitpoints({ ...w.here, runId: parent.runId, journal: 1 }))[0]).toMatchObject({
        status: "pending",
        remaining: 1,
      });
      const two = await w.store.cancelRun({ ...w.at(), ...(second as { runId: string; epoch: number }) });
      expect(two).toEqual({ woken: [{ runId: parent.runId, waitpointId: waitpoint.id, status: "queued" }] });
      expect(await w.get(parent.runId)).toMatchObject({ status: "queued", dueAt: w.now });
      const results = await w.store.listChildren({ ...w.here, waitpointId: waitpoint.id });
      expect(results).toEqual([
        { id: runs[0]?.id, task: "child", status: "completed", output: "{1}" },
        { id: runs[1]?.id, task: "child", status: "canceled" },
      ]);
    });

    it("wakes everyone who waits for it", async () => {
      const w = world();
      const parents = [await w.execute(), await w.execute()];
      const waitpoints = parents.map(() => children(w.id("waitpoint")));
      for (const [i, parent] of parents.entries()) {
        const waitpoint = waitpoints[i] as (typeof waitpoints)[0];
        const run = w.newRun({ task: "child", idempotencyKey: "shared" });
        await w.store.createRuns({ ...w.at(), runs: [run], parent: { ...parent, append: nothing(), waitpoint } });
        await w.store.parkRun({ ...w.at(), ...parent, append: nothing(), waitingOn: [waitpoint.id] });
      }
      const [child] = await w.lease(1, { tasks: ["child"] });
      const call = { ...w.at(), runId: child?.id as string, epoch: 1, append: nothing() };
      const expected = {
        woken: parents.map(({ runId }, i) => ({ runId, waitpointId: waitpoints[i]?.id, status: "queued" })),
      };
      expect(await w.store.completeRun(call)).toEqual(expected);
      expect(await w.store.completeRun(call)).toEqual(expected);
    });
  });

  describe("wakeRun", () => {
    it("wakes a run whose code called back, and no other", async () => {
      const w = world();
      const run = await parked(w);
      const call = { ...w.at(), runId: run.runId, epoch: run.epoch };
      expect(await w.store.wakeRun({ ...call, epoch: 9 })).toEqual({ refused: "lease-lost" });
      expect(await w.store.wakeRun(call)).toEqual({ status: "queued" });
      const again = await w.leaseAgain(run.runId);
      expect(await w.store.wakeRun({ ...w.at(), ...again })).toEqual({ refused: "lease-lost" });
      const held = await w.execute();
      await w.store.holdRun({
        ...w.at(),
        ...held,
        waitpoint: { id: w.id("waitpoint"), entryKey: "hold#1", kind: "hold" },
        details: "",
      });
      expect(await w.store.wakeRun({ ...w.at(), ...held })).toEqual({ refused: "lease-lost" });
    });
  });

  describe("holdRun and restartRun", () => {
    const hold = (w: World) => ({ id: w.id("waitpoint"), entryKey: "hold#1", kind: "hold" }) as const;

    it("wait for a person, who has the attempt begin anew", async () => {
      const w = world();
      const run = await w.execute({ metadata: "{0}" });
      w.now += 10;
      await w.store.appendEntries({ ...w.at(), ...run, append: { ...nothing(), metadata: "{1}" } });
      const waitpoint = hold(w);
      expect(await w.store.holdRun({ ...w.at(), ...run, waitpoint, details: "a diff" })).toEqual({ status: "waiting" });
      expect(await w.get(run.runId)).toMatchObject({ status: "waiting", activeMs: 10 });
      expect((await w.events(run.runId)).at(-1)).toMatchObject({ kind: "run.held", details: "a diff" });
      w.now += 10;
      const call = { ...w.at(), ...run, details: "by hand" };
      expect(await w.store.restartRun(call)).toEqual({ status: "queued" });
      const { run: row, waitpoints, events } = await story(w, run.runId);
      expect(row).toMatchObject({
        status: "queued",
        journal: 2,
        attempt: 1,
        activeMs: 0,
        dueAt: w.now,
        metadataBase: "{1}",
      });
      expect(waitpoints[0]).toMatchObject([{ ...waitpoint, status: "completed", completedAt: w.now }]);
      expect(events.at(-1)).toMatchObject({ kind: "run.restarted", details: "by hand" });
    });

    it("restart an executing run, and no run that merely waits", async () => {
      const w = world();
      const run = await w.execute();
      expect(await w.store.restartRun({ ...w.at(), ...run, epoch: 9 })).toEqual({ refused: "lease-lost" });
      expect(await w.store.restartRun({ ...w.at(), ...run })).toEqual({ status: "queued" });
      const waiting = await parked(w);
      expect(await w.store.restartRun({ ...w.at(), runId: waiting.runId, epoch: 1 })).toEqual({ refused: "not-held" });
      const queued = await w.create();
      expect(await w.store.restartRun({ ...w.at(), runId: queued, epoch: 0 })).toEqual({ refused: "not-held" });
    });
  });
}
