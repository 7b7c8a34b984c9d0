import { describe, expect, it } from "vitest";
import { append, children, FAILURE, nothing, step, story, timer, type World } from "./world.ts";

/** What one environment is filled with; the other has runs, waitpoints, keys and queues of the very same names. */
async function fill(w: World) {
  const parent = await w.execute({ idempotencyKey: "k", tags: ["t"], batchId: "batch", expiresAt: w.now + 1 });
  const waitpoint = children(w.id("waitpoint"));
  const runs = [w.newRun({ parentRunId: parent.runId, expiresAt: w.now + 1 })];
  await w.store.createRuns({ ...w.at(), runs, parent: { ...parent, append: append(1, [step("a")]), waitpoint } });
  await w.store.appendEntries({
    ...w.at(),
    ...parent,
    append: append(2, [], { waitpoints: [timer(w.id("waitpoint"), w.now)] }),
  });
  return { parent, waitpoint, child: runs[0]?.id as string };
}

async function everything(w: World, runIds: readonly string[], waitpointId: string) {
  const [here, limit] = [w.here, 100];
  return {
    stories: await Promise.all(runIds.map((runId) => story(w, runId))),
    runs: await w.store.listRuns({ ...here, limit }),
    tagged: await w.store.listRuns({ ...here, limit, tag: "t", batchId: "batch" }),
    counts: await w.store.countRuns(here),
    due: await w.store.nextDue(w.at()),
    leases: await w.store.listExpiredLeases({ ...w.at(), now: w.now + 1e9, limit }),
    orphans: await w.store.listOrphans({ ...here, workerIds: [], limit }),
    expired: await w.store.listExpiredRuns({ ...w.at(), now: w.now + 1e9, limit }),
    canceled: await w.store.listCancelRequested({ ...here, limit }),
    children: await w.store.listChildren({ ...here, waitpointId }),
  };
}

export function keepingApart(world: () => World): void {
  describe("environments", () => {
    it("do not see each other, whatever is done in one of them", async () => {
      const [quiet, busy] = [world(), world()];
      const { parent, waitpoint, child } = await fill(quiet);
      const before = await everything(quiet, [parent.runId, child], waitpoint.id);
      const twin = await fill(busy);
      expect(twin).toEqual({ parent, waitpoint, child });
      await busy.store.putQueues({ ...busy.at(), queues: [{ name: "default", concurrencyLimit: 0 }] });
      await busy.store.completeDueWaitpoints({ ...busy.at(), limit: 10 });
      await busy.store.renewLeases({ ...busy.at(), leases: [parent], leaseMs: 1 });
      await busy.store.requestCancel({ ...busy.at(), runId: child });
      await busy.store.cancelRun({ ...busy.at(), runId: child, epoch: 0 });
      await busy.store.failRun({ ...busy.at(), ...parent, failure: FAILURE });
      await busy.store.createRuns({
        ...busy.at(),
        runs: [busy.newRun({ task: `task of ${parent.runId}`, idempotencyKey: "k" })],
      });
      busy.now += 1;
      expect(await busy.store.deleteRuns({ ...busy.at(), before: busy.now, limit: 10 })).toMatchObject({ deleted: 2 });
      expect(await everything(quiet, [parent.runId, child], waitpoint.id)).toEqual(before);
      expect((await quiet.lease()).map(({ id }) => id)).toEqual([child]);
      await quiet.store.parkRun({ ...quiet.at(), ...parent, append: nothing(2), waitingOn: [waitpoint.id] });
      const end = await quiet.store.completeRun({ ...quiet.at(), runId: child, epoch: 1, append: nothing() });
      expect(end).toMatchObject({ woken: [{ runId: parent.runId }] });
    });
  });
}
