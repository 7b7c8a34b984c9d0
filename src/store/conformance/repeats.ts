import { describe, expect, it } from "vitest";
import type { StoreWrites } from "../store.ts";
import { append, children, FAILURE, intent, LEASE_MS, nothing, step, story, timer, type World } from "./world.ts";

/** A verb, ready to be sent, and the runs whose stories tell what it did. */
interface Sending {
  readonly send: () => Promise<unknown>;
  readonly runs: readonly string[];
  /** Has the run go on, to another lease, an end or both, before the verb comes again. */
  readonly goOn?: () => Promise<unknown>;
}

const PREPARE: Record<keyof StoreWrites, (w: World) => Promise<Sending>> = {
  async createRuns(w) {
    const parent = await w.execute();
    const run = w.newRun();
    const call = {
      ...w.at(),
      runs: [run],
      parent: { ...parent, append: append(1, [step("a")]), waitpoint: children(w.id("waitpoint")) },
    };
    return {
      send: () => w.store.createRuns(call),
      runs: [parent.runId, run.id],
      goOn: () => w.store.reapRun({ ...w.at(), ...parent }),
    };
  },
  async leaseRuns(w) {
    const runs = [await w.create(), await w.create()];
    const call = {
      ...w.at(),
      workerId: "worker_1",
      leaseId: "lease_1",
      tasks: ["import"],
      limit: 1,
      leaseMs: LEASE_MS,
    };
    return { send: () => w.store.leaseRuns(call), runs };
  },
  async renewLeases(w) {
    const run = await w.execute();
    const call = { ...w.at(), leases: [run], leaseMs: 7 };
    return { send: () => w.store.renewLeases(call), runs: [run.runId] };
  },
  async appendEntries(w) {
    const run = await w.execute();
    const more = {
      waitpoints: [timer(w.id("waitpoint"), w.now)],
      tags: ["a"],
      notes: [{ kind: "journal.large" }] as const,
    };
    const call = { ...w.at(), ...run, append: append(1, [intent("a"), step("a")], more) };
    return {
      send: () => w.store.appendEntries(call),
      runs: [run.runId],
      goOn: () => w.store.reapRun({ ...w.at(), ...run }),
    };
  },
  async parkRun(w) {
    const run = await w.execute();
    const waitpoint = timer(w.id("waitpoint"), w.now);
    const call = {
      ...w.at(),
      ...run,
      append: append(1, [step("a")], { waitpoints: [waitpoint] }),
      waitingOn: [waitpoint.id],
    };
    const goOn = async () => {
      await w.store.completeDueWaitpoints({ ...w.at(), limit: 1 });
      await w.leaseAgain(run.runId);
    };
    return { send: () => w.store.parkRun(call), runs: [run.runId], goOn };
  },
  async holdRun(w) {
    const run = await w.execute();
    const call = {
      ...w.at(),
      ...run,
      waitpoint: { id: w.id("waitpoint"), entryKey: "hold#1", kind: "hold" } as const,
      details: "diff",
      followUps: [[w.newRun(), w.newRun()]],
    };
    return { send: () => w.store.holdRun(call), runs: [run.runId, ...call.followUps.flat().map(({ id }) => id)] };
  },
  async completeRun(w) {
    const { child, parent } = await family(w);
    const call = { ...w.at(), ...child, append: append(1, [step("a")]), output: "{1}" };
    return { send: () => w.store.completeRun(call), runs: [child.runId, parent.runId] };
  },
  async retryRun(w) {
    const run = await w.execute();
    const call = { ...w.at(), ...run, append: append(1, [step("a")]), failure: FAILURE, dueAt: w.now };
    return { send: () => w.store.retryRun(call), runs: [run.runId], goOn: () => endLater(w, run.runId) };
  },
  async failRun(w) {
    const { child, parent } = await family(w);
    const next = [w.newRun(), w.newRun()];
    const call = { ...w.at(), ...child, append: append(1, [step("a")]), failure: FAILURE, followUps: [next] };
    return { send: () => w.store.failRun(call), runs: [child.runId, parent.runId, ...next.map(({ id }) => id)] };
  },
  async cancelRun(w) {
    const { child, parent } = await family(w);
    const grandchild = await w.create({ parentRunId: child.runId });
    return { send: () => w.store.cancelRun({ ...w.at(), ...child }), runs: [child.runId, parent.runId, grandchild] };
  },
  async undoRun(w) {
    const run = await w.execute();
    const child = await w.create({ parentRunId: run.runId });
    const call = { ...w.at(), ...run, append: append(1, [intent("a")]), ending: { status: "canceled" } as const };
    return { send: () => w.store.undoRun(call), runs: [run.runId, child] };
  },
  async requestCancel(w) {
    const runId = await w.create();
    return { send: () => w.store.requestCancel({ ...w.at(), runId }), runs: [runId] };
  },
  async restartRun(w) {
    const run = await w.execute();
    return { send: () => w.store.restartRun({ ...w.at(), ...run, details: "by hand" }), runs: [run.runId] };
  },
  async releaseRuns(w) {
    const runs = [await w.execute(), await w.execute()];
    const call = { ...w.at(), leases: runs };
    const goOn = () => endLater(w, runs[0]?.runId as string);
    return { send: () => w.store.releaseRuns(call), runs: runs.map(({ runId }) => runId), goOn };
  },
  async reapRun(w) {
    const run = await w.execute();
    return { send: () => w.store.reapRun({ ...w.at(), ...run }), runs: [run.runId] };
  },
  async quarantineRun(w) {
    const run = await w.execute();
    return { send: () => w.store.quarantineRun({ ...w.at(), ...run }), runs: [run.runId] };
  },
  async wakeRun(w) {
    const run = await w.execute();
    await w.store.parkRun({ ...w.at(), ...run, append: nothing(), waitingOn: [] });
    return { send: () => w.store.wakeRun({ ...w.at(), ...run }), runs: [run.runId] };
  },
  async completeDueWaitpoints(w) {
    return { send: () => w.store.completeDueWaitpoints({ ...w.at(), limit: 10 }), runs: [await w.create()] };
  },
  async putQueues(w) {
    const call = { ...w.at(), queues: [{ name: "q", concurrencyLimit: 3 }] };
    return { send: () => w.store.putQueues(call), runs: [await w.create({ queue: "q" })] };
  },
  async pauseQueue(w) {
    const call = { ...w.at(), name: "q" };
    return { send: () => w.store.pauseQueue(call), runs: [await w.create({ queue: "q" })] };
  },
  async settleQueue(w) {
    const runs = [await w.create({ queue: "q" })];
    await w.store.pauseQueue({ ...w.at(), name: "q" });
    return { send: () => w.store.settleQueue({ ...w.at(), name: "q" }), runs };
  },
  async resumeQueue(w) {
    await w.store.pauseQueue({ ...w.at(), name: "q" });
    return { send: () => w.store.resumeQueue({ ...w.at(), name: "q" }), runs: [await w.create({ queue: "q" })] };
  },
  async overrideLimit(w) {
    const call = { ...w.at(), name: "q", concurrencyLimit: 3 };
    return { send: () => w.store.overrideLimit(call), runs: [await w.create({ queue: "q" })] };
  },
  async resetLimit(w) {
    await w.store.overrideLimit({ ...w.at(), name: "q", concurrencyLimit: 3 });
    return { send: () => w.store.resetLimit({ ...w.at(), name: "q" }), runs: [await w.create({ queue: "q" })] };
  },
  async pauseEnvironment(w) {
    const call = w.at();
    return { send: () => w.store.pauseEnvironment(call), runs: [await w.create()] };
  },
  async resumeEnvironment(w) {
    await w.store.pauseEnvironment(w.at());
    return { send: () => w.store.resumeEnvironment(w.at()), runs: [await w.create()] };
  },
  async noteCheck(w) {
    return { send: () => w.store.noteCheck(w.at()), runs: [await w.create()] };
  },
  async deleteRuns(w) {
    return { send: () => w.store.deleteRuns({ ...w.at(), before: w.now, limit: 10 }), runs: [await w.create()] };
  },
  async deleteRecords(w) {
    const run = await w.execute();
    await w.store.completeRun({ ...w.at(), ...run, append: append(1, [step("a"), { ...step("b"), kind: "timer" }]) });
    w.now += 1;
    const send = async () => ({
      ...(await w.store.deleteRecords({ ...w.at(), before: w.now, limit: 10 })),
      deleted: 1,
    });
    return { send, runs: [run.runId] };
  },
  async createBatch(w) {
    const call = { ...w.at(), id: w.id("batch"), runCount: 2, idempotencyKey: "k", idempotentUntil: w.now + 1 };
    return { send: () => w.store.createBatch(call), runs: [] };
  },
  async putBatchItems(w) {
    const [batchId, run] = [w.id("batch"), w.newRun()];
    await w.store.createBatch({ ...w.at(), id: batchId, runCount: 1 });
    const call = { ...w.at(), batchId, runs: [{ ...run, batchId }], places: [0], maxSize: 1_000 };
    const send = async () => ({ ...(await w.store.putBatchItems(call)), dueAt: undefined, madeTasks: undefined });
    return { send, runs: [run.id] };
  },
  async deleteBatches(w) {
    const call = { ...w.at(), before: w.now, unsealedBefore: w.now, limit: 10 };
    return { send: () => w.store.deleteBatches(call), runs: [await w.create()] };
  },
  async changeMetadata(w) {
    const { runId } = await w.execute({ metadata: '{"n":1}' });
    const changes = [{ op: "increment", key: "n", by: 1 }] as const;
    const call = { ...w.at(), runId, changes, changeId: "c", maxSize: 100 };
    return { send: () => w.store.changeMetadata(call), runs: [runId] };
  },
  async addTags(w) {
    const runId = await w.create({ tags: ["a"] });
    return { send: () => w.store.addTags({ ...w.at(), runId, tags: ["b"], limit: 2 }), runs: [runId] };
  },
  async rescheduleRun(w) {
    const runId = await w.create({ dueAt: w.now + 10 });
    const call = { ...w.at(), runId, dueAt: w.now + 20, details: "{}" };
    return { send: () => w.store.rescheduleRun(call), runs: [runId] };
  },
  async resetIdempotencyKey(w) {
    const runId = await w.create({ idempotencyKey: "k", idempotentUntil: w.now + 10 });
    return { send: () => w.store.resetIdempotencyKey({ ...w.at(), task: "import", key: "k" }), runs: [runId] };
  },
  async createApiKey(w) {
    const call = { ...w.at(), id: "key_1", name: "backend", secret: `of ${w.environmentId}`, lastFour: "abcd" };
    return { send: () => w.store.createApiKey(call), runs: [] };
  },
  async revokeApiKey(w) {
    const { id: keyId } = await w.store.createApiKey({ ...w.at(), id: "key_1", name: "a", secret: "s", lastFour: "s" });
    return { send: () => w.store.revokeApiKey({ ...w.at(), keyId }), runs: [] };
  },
  async noteKeyUse(w) {
    return { send: () => w.store.noteKeyUse({ ...w.at(), keyId: "key_1" }), runs: [] };
  },
  async useToken(w) {
    const call = { ...w.at(), tokenHash: "h", use: "a", runIds: ["run_1"], expiresAt: w.now };
    return { send: () => w.store.useToken(call), runs: [] };
  },
};

/** An executing child, and its parent that waits for it. */
async function family(w: World) {
  const parent = await w.execute();
  const waitpoint = children(w.id("waitpoint"));
  const runs = [w.newRun({ task: "child", parentRunId: parent.runId })];
  await w.store.createRuns({ ...w.at(), runs, parent: { ...parent, append: nothing(), waitpoint } });
  await w.store.parkRun({ ...w.at(), ...parent, append: nothing(), waitingOn: [waitpoint.id] });
  return { parent, child: await w.leaseAgain(runs[0]?.id as string) };
}

async function endLater(w: World, runId: string): Promise<void> {
  const again = await w.leaseAgain(runId);
  await w.store.completeRun({ ...w.at(), ...again, append: nothing((await w.get(runId)).entrySeq + 1) });
}

export function repeating(world: () => World): void {
  describe("every verb, sent twice", () => {
    it.each(Object.keys(PREPARE) as (keyof StoreWrites)[])(
      "%s gives its own success again and does nothing more",
      async (name) => {
        const w = world();
        const { send, runs } = await PREPARE[name](w);
        const answer = await send();
        expect(answer).not.toHaveProperty("refused");
        const stories = () => Promise.all(runs.map((runId) => story(w, runId)));
        const before = await stories();
        expect(await send()).toEqual(answer);
        expect(await stories()).toEqual(before);
      },
    );

    it.each(["createRuns", "appendEntries", "parkRun", "retryRun", "releaseRuns"] as const)(
      "%s does so when the run has gone on",
      async (name) => {
        const w = world();
        const { send, runs, goOn } = await PREPARE[name](w);
        const answer = await send();
        await goOn?.();
        const before = await Promise.all(runs.map((runId) => story(w, runId)));
        expect(await send()).toEqual(answer);
        expect(await Promise.all(runs.map((runId) => story(w, runId)))).toEqual(before);
      },
    );
  });
}
