import { describe, expect, it } from "vitest";
import type { MetadataChange } from "../../core/metadata-change.ts";
import { append, FAILURE, nothing, step, type World } from "./world.ts";

const MAX_SIZE = 1_000;
let changeIds = 0;

function change(w: World, runId: string, ...changes: readonly MetadataChange[]) {
  return w.store.changeMetadata({ ...w.at(), runId, changes, changeId: `change ${++changeIds}`, maxSize: MAX_SIZE });
}

const set = (key: string, value: unknown) => ({ op: "set", key, value }) as const;
const add = (key: string, by: number) => ({ op: "increment", key, by }) as const;
const metadataOf = async (w: World, runId: string) => JSON.parse((await w.get(runId)).metadata ?? "{}") as unknown;

export function changingFromOutside(world: () => World): void {
  describe("metadata changed from outside", () => {
    it("is what a run that has not started begins with", async () => {
      const w = world();
      const runId = await w.create({ metadata: '{"n":1}' });
      expect(await change(w, runId, add("n", 1), set("a", "b"))).toEqual({ metadata: '{"n":2,"a":"b"}' });
      const [leased] = await w.lease(1);
      expect([leased?.metadata, leased?.metadataBase]).toEqual(['{"n":2,"a":"b"}', '{"n":2,"a":"b"}']);
    });

    it("stands on top of what the run's own code writes, and neither loses anything", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [], { metadata: '{"n":5,"own":1}' }) });
      await change(w, run.runId, add("n", 2), set("theirs", true));
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [], { metadata: '{"n":6,"own":2}' }) });
      expect(await metadataOf(w, run.runId)).toEqual({ n: 8, own: 2, theirs: true });
      const [listed] = await w.store.listRuns({ ...w.here, limit: 1 });
      expect(JSON.parse(listed?.metadata ?? "")).toEqual({ n: 8, own: 2, theirs: true });
    });

    it("gives way where the code sets the same key later, and stands where it does not", async () => {
      const w = world();
      const run = await w.execute({ metadata: '{"state":"new","step":1}' });
      const write = (metadata: object) => {
        const written = append(1, [], { metadata: JSON.stringify(metadata) });
        return w.store.appendEntries({ ...w.at(), ...run, append: written });
      };
      await change(w, run.runId, set("state", "theirs"), { op: "del", key: "step" });
      await write({ state: "new", step: 1, more: true });
      expect(await metadataOf(w, run.runId)).toEqual({ state: "theirs", more: true });
      await write({ state: "ours", step: 2, more: true });
      expect(await metadataOf(w, run.runId)).toEqual({ state: "ours", step: 2, more: true });
      await change(w, run.runId, { op: "replace", value: { state: "whole" } });
      expect(await metadataOf(w, run.runId)).toEqual({ state: "whole" });
      await write({ state: "ours", step: 3, more: true, last: 1 });
      expect(await metadataOf(w, run.runId)).toEqual({ state: "whole", step: 3, last: 1 });
    });

    it("is not seen by the code that goes on, so that its replay makes the same metadata", async () => {
      const w = world();
      const run = await w.execute({ metadata: '{"n":1}' });
      await change(w, run.runId, add("n", 1));
      await w.store.reapRun({ ...w.at(), ...run });
      const { task } = await w.get(run.runId);
      const [again] = await w.lease(1, { tasks: [task] });
      expect([again?.metadata, again?.metadataBase]).toEqual(['{"n":1}', '{"n":1}']);
      expect(await metadataOf(w, run.runId)).toEqual({ n: 2 });
    });

    it.each(["retryRun", "restartRun"] as const)("is in the journal that %s opens", async (verb) => {
      const w = world();
      const run = await w.execute({ metadata: '{"n":1}' });
      await change(w, run.runId, add("n", 1));
      const retry = { ...w.at(), ...run, append: append(1, [step("a")], { metadata: '{"n":4}' }) };
      if (verb === "retryRun") await w.store.retryRun({ ...retry, failure: FAILURE, dueAt: w.now });
      else {
        await w.store.appendEntries(retry);
        await w.store.restartRun({ ...w.at(), ...run });
      }
      const { task } = await w.get(run.runId);
      const [next] = await w.lease(1, { tasks: [task] });
      expect([next?.metadata, next?.metadataBase]).toEqual(['{"n":5}', '{"n":5}']);
      const fenced = { ...w.at(), runId: run.runId, epoch: next?.epoch ?? 0 };
      await w.store.completeRun({ ...fenced, append: append((next?.entrySeq ?? 0) + 1, [], { metadata: '{"n":6}' }) });
      expect(await metadataOf(w, run.runId)).toEqual({ n: 6 });
      await change(w, run.runId, add("n", 1));
      expect(await metadataOf(w, run.runId)).toEqual({ n: 7 });
    });

    it("lets a change go that no longer fits what the code has made of its key", async () => {
      const w = world();
      const run = await w.execute();
      await change(w, run.runId, add("n", 1), set("a", 1));
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [], { metadata: '{"n":"text"}' }) });
      expect(await metadataOf(w, run.runId)).toEqual({ n: "text", a: 1 });
      expect(await change(w, run.runId, add("n", 1))).toEqual({ refused: "not-a-number" });
      expect(await change(w, "run_unknown", add("n", 1))).toEqual({ refused: "not-found" });
    });

    it("has a limit, and a hundred thousand counts are one change", async () => {
      const w = world();
      const run = await w.execute();
      expect(await change(w, run.runId, set("a", "x".repeat(MAX_SIZE)))).toEqual({ refused: "too-large" });
      for (let i = 0; i < 100; i++) await change(w, run.runId, add("n", 1));
      expect(await metadataOf(w, run.runId)).toEqual({ n: 100 });
    });

    it("loses nothing when many change it at the same time", async () => {
      const w = world();
      const run = await w.execute();
      const node = (i: number) => w.nodes[i % w.nodes.length] as typeof w.store;
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          node(i).changeMetadata({
            ...{ ...w.at(), runId: run.runId, changes: [add("n", 1)], changeId: `one of many ${i}`, maxSize: MAX_SIZE },
          }),
        ),
      );
      expect(await metadataOf(w, run.runId)).toEqual({ n: 20 });
    });
  });

  describe("addTags", () => {
    it("adds to those of the run, whoever added them, all or none", async () => {
      const w = world();
      const run = await w.execute({ tags: ["a"] });
      const tag = (tags: string[], limit = 3) => w.store.addTags({ ...w.at(), runId: run.runId, tags, limit });
      expect(await tag(["b", "a", "b"])).toEqual({ tags: ["a", "b"] });
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [], { tags: ["c"] }) });
      expect((await w.get(run.runId)).tags).toEqual(["a", "b", "c"]);
      expect(await tag(["d"])).toEqual({ refused: "too-many" });
      expect(await tag(["c"])).toEqual({ tags: ["a", "b", "c"] });
      expect(await w.store.addTags({ ...w.at(), runId: "run_unknown", tags: ["a"], limit: 3 })).toEqual({
        refused: "not-found",
      });
    });
  });

  describe("rescheduleRun", () => {
    it("moves the start of a delayed run and the end of its TTL, with a line in its story", async () => {
      const w = world();
      const runId = await w.create({ dueAt: w.now + 100, expiresAt: w.now + 150, priorityMs: 10 });
      const to = (dueAt: number) => w.store.rescheduleRun({ ...w.at(), runId, dueAt, details: `{"dueAt":${dueAt}}` });
      expect(await to(w.now + 20)).toMatchObject({
        run: { id: runId, dueAt: w.now + 20, expiresAt: w.now + 70, orderAt: w.now + 10 },
      });
      expect(await w.kinds(runId)).toEqual(["run.created", "run.rescheduled"]);
      expect(await w.lease()).toEqual([]);
      expect(await to(w.now)).toHaveProperty("run");
      expect(await to(w.now)).toHaveProperty("run");
      expect(await to(w.now + 1)).toEqual({ refused: "not-delayed" });
      expect((await w.lease()).map(({ id }) => id)).toEqual([runId]);
      expect(await to(w.now + 20)).toEqual({ refused: "not-delayed" });
    });

    it("leaves alone what is not delayed: a retry, a canceled run, none", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.retryRun({ ...w.at(), ...run, append: nothing(), failure: FAILURE, dueAt: w.now + 100 });
      const canceled = await w.create({ dueAt: w.now + 100 });
      await w.store.requestCancel({ ...w.at(), runId: canceled });
      const to = (runId: string) => w.store.rescheduleRun({ ...w.at(), runId, dueAt: w.now + 9, details: "{}" });
      expect(await to(run.runId)).toEqual({ refused: "not-delayed" });
      expect(await to(canceled)).toEqual({ refused: "not-delayed" });
      expect(await to("run_unknown")).toEqual({ refused: "not-found" });
    });
  });

  describe("resetIdempotencyKey", () => {
    it("lets the next run with the key be a new one", async () => {
      const w = world();
      const key = { idempotencyKey: "k", idempotentUntil: w.now + 1_000 };
      const first = await w.create(key);
      const reset = (task: string) => w.store.resetIdempotencyKey({ ...w.at(), task, key: "k" });
      expect(await reset("other")).toEqual({ refused: "not-found" });
      expect(await reset("import")).toEqual({ runId: first });
      const next = w.newRun(key);
      expect(await w.store.createRuns({ ...w.at(), runs: [next] })).toMatchObject({
        created: [{ id: next.id, isCached: false }],
      });
    });
  });
}
