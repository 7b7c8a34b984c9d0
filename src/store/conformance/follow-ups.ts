import { describe, expect, it } from "vitest";
import type { Fenced, FollowUps } from "../store.ts";
import { append, FAILURE, intent, nothing, type World } from "./world.ts";

/** The verbs that make follow-ups, each as it is sent for an executing run. */
const VERBS = {
  failRun: (w: World, run: Fenced, followUps: FollowUps) => w.store.failRun({ ...run, failure: FAILURE, followUps }),
  holdRun(w: World, run: Fenced, followUps: FollowUps) {
    const waitpoint = { id: `waitpoint of ${run.runId}`, entryKey: "hold#1", kind: "hold" } as const;
    return w.store.holdRun({ ...run, waitpoint, details: "diff", followUps });
  },
};

export function followingUp(world: () => World): void {
  describe.each(Object.keys(VERBS) as (keyof typeof VERBS)[])("follow-ups of %s", (verb) => {
    it("are runs like others, made with it", async () => {
      const w = world();
      const run = await w.execute();
      const next = w.newRun({ task: "tell", payload: "{1}", tags: ["a"], dueAt: w.now + 5 });
      expect(await VERBS[verb](w, { ...w.at(), ...run }, [[next]])).not.toHaveProperty("refused");
      expect(await w.get(next.id)).toMatchObject({ status: "queued", task: "tell", payload: "{1}", tags: ["a"] });
      expect(await w.kinds(next.id)).toEqual(["run.created"]);
      expect(await w.lease(1, { tasks: ["tell"] })).toEqual([]);
      w.now += 5;
      expect(await w.lease(1, { tasks: ["tell"] })).toMatchObject([{ id: next.id, payload: "{1}" }]);
    });

    it("are of each list the first that is not there yet", async () => {
      const w = world();
      const [a, b, c, d] = [w.newRun(), w.newRun(), w.newRun(), w.newRun()];
      const there = async () => (await w.store.listRuns({ ...w.here, limit: 10, tasks: [a.task] })).map(({ id }) => id);
      const made: (readonly string[])[] = [];
      for (let i = 0; i < 3; i++) {
        await VERBS[verb](w, { ...w.at(), ...(await w.execute()) }, [[a, b], [c, d], []]);
        made.push((await there()).toSorted());
      }
      expect(made).toEqual([
        [a.id, c.id],
        [a.id, b.id, c.id, d.id],
        [a.id, b.id, c.id, d.id],
      ]);
    });

    it("are not made by a repeat, though another list is sent along", async () => {
      const w = world();
      const run = { ...w.at(), ...(await w.execute()) };
      const [first, second] = [w.newRun(), w.newRun()];
      const answer = await VERBS[verb](w, run, [[first]]);
      expect(await VERBS[verb](w, run, [[second]])).toEqual(answer);
      expect(await w.store.findRun({ ...w.here, runId: second.id })).toBeUndefined();
    });

    it("are not made when it is refused", async () => {
      const w = world();
      const run = await w.execute();
      const next = w.newRun();
      const stale = { ...w.at(), ...run, epoch: run.epoch + 1 };
      expect(await VERBS[verb](w, stale, [[next]])).toEqual({ refused: "lease-lost" });
      expect(await w.store.findRun({ ...w.here, runId: next.id })).toBeUndefined();
    });

    it("are one for each run that ends, though all end at the same moment and on whichever node", async () => {
      const w = world();
      const ending = await Promise.all(Array.from({ length: 12 }, () => w.execute()));
      const list = ending.map(() => w.newRun());
      await Promise.all(
        ending.map((run, i) => {
          const node = w.nodes[i % w.nodes.length] as World["store"];
          return VERBS[verb]({ ...w, store: node }, { ...w.at(), ...run }, [list]);
        }),
      );
      for (const { id } of list) expect(await w.kinds(id)).toEqual(["run.created"]);
    });
  });

  describe("follow-ups of a run that owes undos", () => {
    it("come when it fails in the end", async () => {
      const w = world();
      const run = await w.execute();
      const [next, failure] = [w.newRun(), FAILURE];
      const call = { ...w.at(), ...run, append: append(1, [intent("a")]), failure };
      expect(await w.store.failRun({ ...call, followUps: [[next]] })).toEqual({ refused: "undos-owed" });
      await w.store.undoRun({ ...call, ending: { status: "failed", failure } });
      expect(await w.store.findRun({ ...w.here, runId: next.id })).toBeUndefined();
      const again = await w.leaseAgain(run.runId);
      await w.store.failRun({ ...w.at(), ...again, append: nothing(2), failure, followUps: [[next]] });
      expect((await w.get(next.id)).status).toBe("queued");
    });
  });

  describe("listFailures", () => {
    it("counts the runs of one task that failed in a span, and lists the newest", async () => {
      const w = world();
      const start = w.now;
      const failed: string[] = [];
      for (let i = 0; i < 4; i++) {
        const run = await w.execute({ task: "a" });
        w.now = start + i;
        await w.store.failRun({ ...w.at(), ...run, failure: FAILURE });
        failed.push(run.runId);
      }
      const completed = await w.execute({ task: "a" });
      w.now = start + 1;
      await w.store.completeRun({ ...w.at(), ...completed, append: nothing() });
      await w.store.failRun({ ...w.at(), ...(await w.execute({ task: "b" })), failure: FAILURE });
      const asked = { ...w.here, task: "a", from: start + 1, until: start + 3 };
      const { count, runs } = await w.store.listFailures({ ...asked, limit: 1 });
      expect([count, runs.map(({ id }) => id)]).toEqual([2, [failed[2]]]);
      expect(runs[0]?.failure).toEqual(FAILURE);
      expect(await w.store.listFailures({ ...asked, until: start + 1, limit: 1 })).toEqual({ count: 0, runs: [] });
    });
  });

  describe("listRuns", () => {
    it("leaves out tasks whose ids begin with what is named", async () => {
      const w = world();
      const [own] = [await w.create({ task: "perdure_alert" }), await w.create({ task: "perdure.alert" })];
      const listed = await w.store.listRuns({ ...w.here, limit: 10, exceptTasks: "perdure." });
      expect(listed.map(({ id }) => id)).toEqual([own]);
    });
  });
}
