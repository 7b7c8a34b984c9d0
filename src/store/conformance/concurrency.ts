import { describe, expect, it } from "vitest";
import { isFinal } from "../../core/run-state.ts";
import type { Store } from "../store.ts";
import { children, FAILURE, LEASE_MS, nothing, TASK, timer, type World } from "./world.ts";

/** Whoever asks: on Postgres as many nodes as were opened, elsewhere the same store each time. */
function nodeOf(w: World, i: number): Store {
  return w.nodes[i % w.nodes.length] as Store;
}

/** Lets others come first, or not: the rounds of a race begin a little differently each time. */
async function afterTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

export function racing(world: () => World): void {
  describe("at the same time", () => {
    it("workers never lease a run twice", async () => {
      const w = world();
      const runs = Array.from({ length: 400 }, (_, i) => w.newRun({ queue: `queue ${i % 7}` }));
      await w.store.createRuns({ ...w.at(), runs });
      const leased: string[] = [];
      const work = async (worker: number) => {
        for (let i = 0; ; i++) {
          const got = await lease(w, worker, i, 9);
          if (got.length === 0) return;
          leased.push(...got.map(({ id }) => id));
        }
      };
      await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(work));
      expect(leased.toSorted()).toEqual(runs.map(({ id }) => id));
      for (const id of leased.slice(0, 20)) expect(await w.kinds(id)).toEqual(["run.created", "run.started"]);
    });

    it("workers together keep every queue's limit", async () => {
      const w = world();
      const queues = [10, 1, 3].map((concurrencyLimit, i) => ({ name: `queue ${i}`, concurrencyLimit }));
      await w.store.putQueues({ ...w.at(), queues });
      const runs = Array.from({ length: 90 }, (_, i) => w.newRun({ queue: `queue ${i % 3}` }));
      await w.store.createRuns({ ...w.at(), runs });
      const executing = new Map(queues.map(({ name }) => [name, 0]));
      const most = new Map(executing);
      let done = 0;
      const work = async (worker: number) => {
        for (let i = 0; done < runs.length; i++) {
          for (const { id, queue, epoch } of await lease(w, worker, i, 5)) {
            executing.set(queue, (executing.get(queue) ?? 0) + 1);
            most.set(queue, Math.max(most.get(queue) ?? 0, executing.get(queue) ?? 0));
            await afterTurns(3);
            // Counted down before the verb that frees the place: a worker may get it before we hear of that.
            executing.set(queue, (executing.get(queue) ?? 0) - 1);
            await nodeOf(w, worker).completeRun({ ...w.at(), runId: id, epoch, append: nothing() });
            done++;
          }
          await afterTurns(1);
        }
      };
      await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(work));
      for (const { name, concurrencyLimit } of queues) expect(most.get(name)).toBeLessThanOrEqual(concurrencyLimit);
      expect((await w.store.countRuns(w.here)).completed).toBe(90);
    });

    it("of a result and a cancellation the first counts", async () => {
      const w = world();
      for (let round = 0; round < 40; round++) {
        const run = await w.execute();
        const child = await w.create({ parentRunId: run.runId });
        const complete = async () => nodeOf(w, 0).completeRun({ ...w.at(), ...run, append: nothing() });
        const cancel = async () => nodeOf(w, 1).cancelRun({ ...w.at(), ...run });
        const answers = await Promise.all(round % 2 === 0 ? [complete(), cancel()] : [cancel(), complete()]);
        expect(answers.filter((answer) => "refused" in answer)).toHaveLength(1);
        const kinds = await w.kinds(run.runId);
        expect(kinds).toHaveLength(3);
        expect(isFinal((await w.get(run.runId)).status)).toBe(true);
        expect((await w.get(child)).cancelRequestedAt).toBe(kinds[2] === "run.canceled" ? w.now : undefined);
      }
    });

    it("a park never misses the end of a child or a timer", async () => {
      const w = world();
      for (let round = 0; round < 60; round++) {
        const parent = await w.execute();
        const [waitpoint, clock] = [children(w.id("waitpoint")), timer(w.id("waitpoint"), w.now)];
        const asked = w.newRun({ task: "child" });
        const append = { ...nothing(), waitpoints: round % 3 === 0 ? [clock] : [] };
        await w.store.createRuns({ ...w.at(), runs: [asked], parent: { ...parent, append, waitpoint } });
        const child = await w.leaseAgain(asked.id);
        const end = async () => {
          await afterTurns(round % 4);
          return nodeOf(w, 1).completeRun({ ...w.at(), ...child, append: nothing() });
        };
        const tick = async () => nodeOf(w, 2).completeDueWaitpoints({ ...w.at(), limit: 10 });
        const park = async () =>
          nodeOf(w, 0).parkRun({ ...w.at(), ...parent, append: nothing(), waitingOn: [waitpoint.id, clock.id] });
        const [parked] = await Promise.all([park(), end(), tick()]);
        expect((await w.get(parent.runId)).status).toBe("refused" in parked ? "executing" : "queued");
      }
    });

    it("the ends of siblings are all counted", async () => {
      const w = world();
      for (let round = 0; round < 10; round++) {
        const parents = [await w.execute(), await w.execute()];
        const task = `child ${round}`;
        const keyed = (i: number) => w.newRun({ task, idempotencyKey: `${round} ${i}` });
        for (const parent of parents) {
          const waitpoint = children(w.id("waitpoint"));
          await w.store.createRuns({
            ...w.at(),
            runs: [0, 1, 2, 3, 4].map(keyed),
            parent: { ...parent, append: nothing(), waitpoint },
          });
          await w.store.parkRun({ ...w.at(), ...parent, append: nothing(), waitingOn: [waitpoint.id] });
        }
        const leased = await w.lease(10, { tasks: [task] });
        expect(leased).toHaveLength(5);
        const ends = await Promise.all(
          leased.map(({ id, epoch }, i) => nodeOf(w, i).failRun({ ...w.at(), runId: id, epoch, failure: FAILURE })),
        );
        expect(ends.flatMap((end) => ("woken" in end ? end.woken : []))).toHaveLength(2);
        for (const { runId } of parents) expect((await w.get(runId)).status).toBe("queued");
      }
    });

    it("a child that ends while another run begins to wait for it is counted, or final already", async () => {
      const w = world();
      for (let round = 0; round < 40; round++) {
        const [child, parent] = [await w.execute({ idempotencyKey: "k" }), await w.execute()];
        const { task } = await w.get(child.runId);
        const waitpoint = children(w.id("waitpoint"));
        const create = async () => {
          await afterTurns(round % 3);
          const runs = [w.newRun({ task, idempotencyKey: "k" })];
          return nodeOf(w, 0).createRuns({ ...w.at(), runs, parent: { ...parent, append: nothing(), waitpoint } });
        };
        const end = async () => nodeOf(w, 1).completeRun({ ...w.at(), ...child, append: nothing() });
        await Promise.all(round % 2 === 0 ? [create(), end()] : [end(), create()]);
        const [made] = await w.store.listWaitpoints({ ...w.here, runId: parent.runId, journal: 1 });
        expect(made).toMatchObject({ status: "completed", remaining: 0 });
      }
    });

    it("one idempotency key makes one run", async () => {
      const w = world();
      for (let round = 0; round < 15; round++) {
        const keys = [`a ${round}`, `b ${round}`];
        const call = async (i: number) => {
          const runs = (i % 2 === 0 ? keys : keys.toReversed()).map((idempotencyKey) => w.newRun({ idempotencyKey }));
          return nodeOf(w, i).createRuns({ ...w.at(), runs });
        };
        const answers = await Promise.all([0, 1, 2, 3, 4, 5].map(call));
        const created = answers.flatMap((answer) => ("created" in answer ? answer.created : []));
        expect(new Set(created.map(({ id }) => id)).size).toBe(2);
        expect(created.filter(({ isCached }) => !isCached)).toHaveLength(2);
      }
    });

    it("the same call, doubled, does its work once", async () => {
      const w = world();
      for (let round = 0; round < 15; round++) {
        const call = { ...w.at(), runs: [w.newRun({ idempotencyKey: `k ${round}` }), w.newRun()] };
        const answers = await Promise.all([0, 1, 2].map((i) => nodeOf(w, i).createRuns(call)));
        for (const answer of answers) expect(answer).toEqual(answers[0]);
        expect(await w.kinds(call.runs[0]?.id as string)).toEqual(["run.created"]);
      }
    });

    it("a reader of events misses none and sees no gap", async () => {
      const w = world();
      const runId = (await w.execute()).runId;
      const seen: number[] = [];
      let isDone = false;
      const follow = async () => {
        for (;;) {
          const wasDone = isDone;
          const page = await nodeOf(w, 1).listRunEvents({ ...w.here, runId, afterSeq: seen.at(-1) ?? 0, limit: 3 });
          seen.push(...page.map(({ seq }) => seq));
          if (wasDone && page.length === 0) return;
          await afterTurns(1);
        }
      };
      const write = async () => {
        for (let epoch = 1; epoch <= 20; epoch++) {
          const run = { ...w.at(), runId, epoch };
          const note = (i: number) => ({
            ...nothing(),
            notes: [{ kind: "step.uncertain", details: `${epoch} ${i}` }] as const,
          });
          await Promise.all([0, 1, 2].map((i) => nodeOf(w, i).appendEntries({ ...run, append: note(i) })));
          await Promise.all([w.store.reapRun(run), nodeOf(w, 2).requestCancel({ ...w.at(), runId })]);
          if (epoch === 1) await w.store.undoRun({ ...run, ending: { status: "canceled" } });
          await w.leaseAgain(runId);
        }
        isDone = true;
      };
      await Promise.all([follow(), write()]);
      const { eventSeq } = await w.get(runId);
      expect(seen).toEqual(Array.from({ length: eventSeq }, (_, i) => i + 1));
    });

    it("whole families end without waiting for each other in a circle", async () => {
      const w = world();
      for (let round = 0; round < 10; round++) {
        const parent = await w.execute();
        const kids = await Promise.all(Array.from({ length: 6 }, () => w.execute({ parentRunId: parent.runId })));
        const timers = [parent, ...kids].map(async (run) => {
          const waitpoint = timer(w.id("waitpoint"), w.now);
          return w.store.appendEntries({ ...w.at(), ...run, append: { ...nothing(), waitpoints: [waitpoint] } });
        });
        await Promise.all(timers);
        const leases = [...kids, parent];
        await Promise.all([
          ...kids.map((run, i) => nodeOf(w, i).completeRun({ ...w.at(), ...run, append: nothing() })),
          nodeOf(w, 0).cancelRun({ ...w.at(), ...parent }),
          nodeOf(w, 1).completeDueWaitpoints({ ...w.at(), limit: 20 }),
          nodeOf(w, 2).renewLeases({ ...w.at(), leases, leaseMs: LEASE_MS }),
          nodeOf(w, 3).putQueues({
            ...w.at(),
            queues: [{ name: "default", concurrencyLimit: round % 2 === 0 ? 100 : null }],
          }),
          nodeOf(w, 1).releaseRuns({ ...w.at(), leases: kids.slice(3) }),
        ]);
        expect((await w.get(parent.runId)).status).toBe("canceled");
      }
    });
  });
}

function lease(w: World, worker: number, round: number, limit: number) {
  const call = {
    workerId: `worker_${worker}`,
    leaseId: `lease_${worker}_${round}`,
    tasks: [TASK],
    limit,
    leaseMs: LEASE_MS,
  };
  return nodeOf(w, worker).leaseRuns({ ...w.at(), ...call });
}
