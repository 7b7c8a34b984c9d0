/**
 * What happens when something dies, as a table: in words, for `ARCHITECTURE.md`, and as expectations, which the tour compares
 * with what it finds. Each row names the failpoints at which it kills, or the scenario by which it does otherwise.
 */
import { FINAL_STATUSES, isLoss } from "../../src/core/run-state.ts";
import type { Failpoint } from "./failpoints.ts";
import type { KindName } from "./kinds.ts";
import type { Sight } from "./sight.ts";

export interface CrashPoint {
  /** What is killed, or when. */
  readonly killed: string;
  /** What the next process finds. */
  readonly finds: string;
  readonly happens: string;
  readonly visits: readonly Visit[];
  readonly scenario?: Scenario;
}

/** One kill of the tour. */
export interface Visit {
  readonly at: Failpoint;
  /** Which time that a process comes by. Default: the first. */
  readonly times?: number;
  /** The order whose run comes by. */
  readonly order: KindName;
  readonly act?: Act;
  /** Compared while the node is dead; left out where a worker process dies, since its node goes on at once. */
  readonly finds?: (seen: Sight) => boolean;
  /** Compared when the order has come to its end, which is that of its kind in any case. */
  readonly happens?: (seen: Sight) => boolean;
}

/** What the tour does: at once, once the order's run is in its first step, or once it waits. */
export type Act =
  | "restart the node"
  | "cancel in step"
  | "cancel waiting"
  | "stop the worker in step"
  | "kill the worker in step"
  | "kill the node in step"
  | "kill the workers waiting";

export type Scenario =
  | "worker killed"
  | "node killed"
  | "node killed again and again"
  | "killed while parked"
  | "one run to a process"
  | "too much memory"
  | "past its maxDuration"
  | "busy worker"
  | "slow node";

const isOnce = (step: string) => (seen: Sight) => seen.effects(step).length === 1;
const isReaped = (seen: Sight) => seen.events.some(isLoss);
const isQuarantined = (seen: Sight) => seen.events.includes("run.quarantined");
const isToldOfOnce = (seen: Sight) => seen.alerts === 1;
const hasNothing = (seen: Sight) => seen.status === undefined;
/** An effect that came twice came under one key. */
const isTwiceUnderOneKey = (step: string) => (seen: Sight) => {
  const keys = seen.effects(step);
  return keys.length === 2 && keys[0] !== undefined && keys[0] === keys[1];
};
const isUncertain = (seen: Sight) => seen.events.includes("step.uncertain");
const ends = (seen: Sight) => seen.children.filter((status) => FINAL_STATUSES.includes(status)).length;
const endsOnce = (seen: Sight) =>
  seen.events.filter((kind) => kind === "run.completed" || kind === "run.failed" || kind === "run.canceled").length ===
  1;

export const CRASH_POINTS: readonly CrashPoint[] = [
  {
    killed: "before the commit of a trigger",
    finds: "nothing",
    happens: "the caller has no answer; asking again with the same idempotency key is safe",
    visits: [{ at: "before the commit of createRuns", order: "row", finds: hasNothing, happens: endsOnce }],
  },
  {
    killed: "after it, before the answer",
    finds: "the run",
    happens: "it runs; asking again with the same key finds it",
    visits: [
      {
        at: "after the commit of createRuns",
        order: "row",
        finds: (seen) => seen.status === "queued" || seen.status === "executing",
        happens: endsOnce,
      },
    ],
  },
  {
    killed: "between a lease and its first entry",
    finds: "the run executing under a worker that is gone",
    happens: "reaped, leased under a higher epoch, begun from the top",
    visits: [
      {
        at: "in a worker, after lease",
        order: "row",
        happens: (seen) => isReaped(seen) && seen.epoch === 2 && isOnce("a")(seen),
      },
      {
        at: "after the commit of leaseRuns",
        order: "row",
        finds: (seen) => seen.status === "executing" && seen.entries.length === 0,
        happens: (seen) => isReaped(seen) && seen.epoch === 2,
      },
    ],
  },
  {
    killed: "in a step, before its effect",
    finds: "no entry",
    happens: "the step runs again",
    visits: [
      { at: "in a step, before its effect", order: "row", happens: (seen) => isReaped(seen) && isOnce("a")(seen) },
    ],
  },
  {
    killed: "in a step, after its effect, before its record",
    finds: "no entry (an intent, where it has an undo)",
    happens: "**the step runs again**, with the same idempotency key; the run event `step.uncertain` names it",
    visits: [
      {
        at: "in a step, after its effect",
        order: "row",
        happens: (seen) => isTwiceUnderOneKey("a")(seen) && isUncertain(seen),
      },
      {
        at: "in a step, after its effect",
        times: 2,
        order: "row",
        happens: (seen) => isOnce("a")(seen) && isTwiceUnderOneKey("b")(seen) && isUncertain(seen),
      },
      {
        at: "in a worker, before record",
        order: "row",
        happens: (seen) => isTwiceUnderOneKey("a")(seen) && isUncertain(seen),
      },
      {
        at: "before the commit of appendEntries",
        order: "row",
        finds: (seen) => seen.entries.length === 0,
        happens: (seen) => isTwiceUnderOneKey("a")(seen) && isUncertain(seen),
      },
    ],
  },
  {
    killed: "after a step's record",
    finds: "the entry",
    happens: "the result is released, the step does not run",
    visits: [
      { at: "in a worker, after record", order: "row", happens: (seen) => isReaped(seen) && isOnce("a")(seen) },
      {
        at: "after the commit of appendEntries",
        order: "row",
        finds: (seen) => seen.entries.join() === "step a",
        happens: isOnce("a"),
      },
    ],
  },
  {
    killed: "when it asked for a wait, before it parked",
    finds: "nothing, or the waitpoint",
    happens: "the wait begins anew, or goes on with the same end",
    visits: [
      { at: "in a worker, before park", order: "noted", happens: (seen) => isReaped(seen) && isOnce("a")(seen) },
      {
        at: "before the commit of parkRun",
        order: "noted",
        finds: (seen) => seen.status === "executing",
        happens: isOnce("a"),
      },
    ],
  },
  {
    killed: "parked",
    finds: "rows",
    happens: "nothing; the waker or the child's end makes it ready",
    visits: [
      {
        at: "after the commit of parkRun",
        order: "noted",
        finds: (seen) => seen.status === "waiting" && seen.openWaits === 1,
        happens: (seen) => !isReaped(seen) && isOnce("a")(seen),
      },
      {
        at: "in a worker, after park",
        order: "noted",
        // Where its answer is slow the wait is over, and this process may have the run again when it ends.
        happens: (seen) => seen.events[seen.events.indexOf("run.parked") + 1] === "run.woken" && isOnce("a")(seen),
      },
    ],
    scenario: "killed while parked",
  },
  {
    killed: "between a child's end and the parent's wake",
    finds: "both or neither: one transaction",
    happens: "",
    visits: [
      {
        at: "before the commit of completeRun",
        order: "parent",
        finds: (seen) => ends(seen) === 0 && seen.status === "waiting",
        happens: (seen) => seen.children.length === 5,
      },
      {
        at: "after the commit of completeRun",
        order: "parent",
        finds: (seen) => ends(seen) === 1 && seen.events.includes("run.woken") && seen.openWaits === 0,
        happens: (seen) => seen.children.length === 5,
      },
    ],
  },
  {
    killed: "while children are being started",
    finds: "all of them with the parent's waitpoint, or none",
    happens: "started again, or found",
    visits: [
      {
        at: "before the commit of createRuns",
        times: 3,
        order: "parent",
        finds: (seen) => seen.children.length === 1 && seen.openWaits === 0,
        happens: (seen) => seen.children.length === 5,
      },
      {
        at: "after the commit of createRuns",
        times: 3,
        order: "parent",
        finds: (seen) => seen.children.length === 4 && seen.openWaits === 1,
        happens: (seen) => seen.children.length === 5,
      },
      { at: "in a worker, before triggerFrom", order: "parent", happens: (seen) => seen.children.length === 5 },
      { at: "in a worker, after triggerFrom", order: "parent", happens: (seen) => seen.children.length === 5 },
    ],
  },
  {
    killed: "between a failed attempt and its retry",
    finds: "an executing run",
    happens: "the attempt's code runs again from the top with its journal, and fails again or not",
    visits: [
      { at: "in a worker, before finish", order: "retried", happens: (seen) => isReaped(seen) && isOnce("kept")(seen) },
      {
        at: "before the commit of retryRun",
        order: "retried",
        finds: (seen) => seen.status === "executing",
        happens: (seen) => isOnce("kept")(seen) && seen.effects("shaky").length === 3,
      },
    ],
  },
  {
    killed: "while undoing",
    finds: "the undos that are recorded",
    happens: "the next one",
    visits: [
      { at: "in an undo, before its effect", order: "undone", happens: (seen) => seen.undone.join() === "pay,book" },
      { at: "in an undo, after its effect", order: "undone", happens: (seen) => seen.undone.join() === "pay,pay,book" },
      {
        at: "in an undo, before its effect",
        times: 2,
        order: "undone",
        happens: (seen) =>
          seen.undone.join() === "pay,book" && seen.entries.filter((entry) => entry.startsWith("undo")).length === 2,
      },
    ],
  },
  {
    killed: "a node, three times in a row while a run records no new entry",
    finds: "the run executing",
    happens: "the attempt fails with `CRASHED`",
    visits: [],
    scenario: "node killed again and again",
  },
  {
    killed: "a worker process with many runs",
    finds: "its runs executing, and the pool saw it end",
    happens:
      "those not begun are given back; those that were executing continue in quarantine, each with a process to itself",
    visits: [
      {
        at: "before the pool hands runs over",
        order: "row",
        act: "kill the worker in step",
        finds: (seen) => seen.status === "executing",
        happens: isReaped,
      },
      {
        at: "after the pool handed runs over",
        order: "row",
        act: "kill the worker in step",
        finds: isQuarantined,
        happens: isQuarantined,
      },
      {
        at: "before the commit of quarantineRun",
        order: "row",
        act: "kill the worker in step",
        finds: (seen) => seen.status === "executing" && !isReaped(seen),
        happens: isReaped,
      },
      {
        at: "after the commit of quarantineRun",
        order: "row",
        act: "kill the worker in step",
        finds: isQuarantined,
        happens: isQuarantined,
      },
    ],
    scenario: "worker killed",
  },
  {
    killed: "a process that executes one run",
    finds: "its run executing, and nobody else to blame",
    happens:
      "the attempt fails with `CRASHED` or `HUNG`, where the run is in quarantine; otherwise it goes there first",
    visits: [],
    scenario: "one run to a process",
  },
  {
    killed: "an isolated run that exceeds its memory",
    finds: "its run executing",
    happens: "the attempt fails with `OUT_OF_MEMORY`",
    visits: [],
    scenario: "too much memory",
  },
  {
    killed: "code that keeps the event loop past a `maxDuration`",
    finds: "its run overdue, its siblings executing",
    happens: "it fails with `MAX_DURATION_EXCEEDED`; the siblings are given back and blamed for nothing",
    visits: [],
    scenario: "past its maxDuration",
  },
  {
    killed: "a worker process that is only busy",
    finds: "",
    happens: "its heart beats, so the pool renews its leases",
    visits: [],
    scenario: "busy worker",
  },
  {
    killed: "a node with worker processes",
    finds: "",
    happens: "they end with their pipe; its runs are orphans of the next node",
    visits: [],
    scenario: "node killed",
  },
  {
    killed: "a node that was only slow",
    finds: "its workers' epochs are old",
    happens: "every write is refused, its code is left behind",
    visits: [],
    scenario: "slow node",
  },
  {
    killed: "between a blob's file and its row",
    finds: "a file without a row",
    happens: "swept when the store is opened next, once it is an hour old",
    visits: [
      { at: "between a blob and its row", order: "large", finds: (seen) => hasNothing(seen) && seen.orphanBlobs === 1 },
    ],
  },
  {
    killed: "in an upload",
    finds: "nothing, or a file under a temporary name",
    happens: "the client uploads it again; the file is swept once it is an hour old",
    visits: [{ at: "in an upload", order: "uploaded", finds: (seen) => hasNothing(seen) && seen.halfBlobs === 1 }],
  },
  {
    killed: "before the last item of a batch that is sent item by item",
    finds: "the items that came, and no run",
    happens:
      "sent again, those that came are passed over and the runs are made; otherwise the batch is deleted after an hour",
    visits: [
      { at: "before the commit of putBatchItems", times: 3, order: "batched", finds: hasNothing, happens: endsOnce },
      {
        at: "after the commit of putBatchItems",
        times: 3,
        order: "batched",
        finds: (seen) => seen.status === "queued" || seen.status === "executing",
        happens: endsOnce,
      },
    ],
  },
  {
    killed: "between a failure, or a hold, and the alert that tells of it",
    finds: "both or neither: one transaction",
    happens: "the alert is delivered, at least once",
    visits: [
      {
        at: "before the commit of failRun",
        order: "alarmed",
        finds: (seen) => seen.status === "executing" && seen.alerts === 0,
        happens: isToldOfOnce,
      },
      {
        at: "after the commit of failRun",
        order: "alarmed",
        finds: (seen) => seen.status === "failed" && seen.alerts === 1,
        happens: isToldOfOnce,
      },
      {
        at: "before the commit of holdRun",
        order: "alarmedHeld",
        act: "kill the workers waiting",
        finds: (seen) => seen.status === "executing" && seen.alerts === 0,
        // The code forgets once only.
        happens: (seen) => seen.status === "completed" && seen.alerts === 0,
      },
      {
        at: "after the commit of holdRun",
        order: "alarmedHeld",
        act: "kill the workers waiting",
        finds: (seen) => seen.status === "waiting" && seen.alerts === 1,
        happens: isToldOfOnce,
      },
    ],
  },
];
