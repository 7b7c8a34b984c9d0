import { describe, expect, it } from "vitest";
import type { LeaseKey } from "../../core/run.ts";
import {
  canTransition,
  isFinal,
  RUN_STATUSES,
  RUN_TRANSITIONS,
  type RunStatus,
  type RunTransition,
} from "../../core/run-state.ts";
import { FAILURE, nothing, story, type World } from "./world.ts";

/** Each way into a status; `held` is `waiting` for a person. */
const SITUATIONS = [...RUN_STATUSES, "held"] as const;
type Situation = (typeof SITUATIONS)[number];

const BRING: Record<Situation, (w: World, run: LeaseKey) => Promise<unknown>> = {
  queued: (w, run) => w.store.releaseRuns({ ...w.at(), leases: [run] }),
  executing: async () => undefined,
  waiting: (w, run) => w.store.parkRun({ ...w.at(), ...run, append: nothing(), waitingOn: [] }),
  held: (w, run) => w.store.holdRun({ ...w.at(), ...run, waitpoint: hold(w), details: "" }),
  completed: (w, run) => w.store.completeRun({ ...w.at(), ...run, append: nothing() }),
  failed: (w, run) => w.store.failRun({ ...w.at(), ...run, failure: FAILURE }),
  canceled: (w, run) => w.store.cancelRun({ ...w.at(), ...run }),
};

const VERBS: Record<RunTransition, (w: World, run: LeaseKey) => Promise<unknown>> = {
  lease: async (w, run) => w.lease(10, { tasks: [(await w.get(run.runId)).task] }),
  park: BRING.waiting,
  hold: BRING.held,
  wake: (w, run) => w.store.wakeRun({ ...w.at(), ...run }),
  restart: (w, run) => w.store.restartRun({ ...w.at(), ...run }),
  release: BRING.queued,
  reap: (w, run) => w.store.reapRun({ ...w.at(), ...run }),
  quarantine: (w, run) => w.store.quarantineRun({ ...w.at(), ...run }),
  retry: (w, run) => w.store.retryRun({ ...w.at(), ...run, append: nothing(), failure: FAILURE, dueAt: w.now }),
  undo: (w, run) => w.store.undoRun({ ...w.at(), ...run, ending: { status: "canceled" } }),
  complete: BRING.completed,
  fail: BRING.failed,
  cancel: BRING.canceled,
};

function hold(w: World) {
  return { id: w.id("waitpoint"), entryKey: "hold#1", kind: "hold" } as const;
}

const cases = SITUATIONS.flatMap((situation) =>
  (Object.keys(RUN_TRANSITIONS) as RunTransition[]).map((name) => ({ situation, name })),
);

/** A run that only waits is not restarted, and one that is held is not woken: the table has one status for both. */
function isAllowed(name: RunTransition, situation: Situation): boolean {
  if (name === "restart" && situation === "waiting") return false;
  if (name === "wake" && situation === "held") return false;
  return canTransition(name, statusOf(situation));
}

function statusOf(situation: Situation): RunStatus {
  return situation === "held" ? "waiting" : situation;
}

/** The verb that brought the run here gives its success again, and changes nothing: `repeats.ts`. */
function isRepeat(name: RunTransition, situation: Situation): boolean {
  return !isAllowed(name, situation) && VERBS[name] === BRING[situation];
}

export function followingTheTable(world: () => World): void {
  describe("every status and every transition", () => {
    it.each(cases)("$situation and $name", async ({ situation, name }) => {
      const w = world();
      const run = await w.execute();
      await BRING[situation](w, run);
      const before = await story(w, run.runId);
      expect(before.run?.status).toBe(statusOf(situation));
      const answer = await VERBS[name](w, run);
      const after = await story(w, run.runId);
      if (!isAllowed(name, situation)) {
        expect(after).toEqual(before);
        if (name !== "lease" && name !== "release" && !isRepeat(name, situation))
          expect(answer).toHaveProperty("refused");
        return;
      }
      expect(answer).not.toHaveProperty("refused");
      const { to, event } = RUN_TRANSITIONS[name];
      expect(after.run?.status).toBe(to);
      expect(after.run?.finishedAt).toBe(isFinal(to) ? w.now : undefined);
      expect(after.events.slice(0, -1)).toEqual(before.events);
      expect(after.events.at(-1)).toMatchObject({
        kind: event,
        seq: before.events.length + 1,
        epoch: after.run?.epoch,
      });
    });
  });
}
