import fc from "fast-check";
import { DEFAULT_RETRY } from "../../../core/retry.ts";
import { append, FAILURE, intent, step, undo } from "../world.ts";
import type { Call, ModelledWrites } from "./oracle.ts";
import type { Model, ModelRun } from "./state.ts";

/** One step of a random history: numbers that `toCall` turns into a call that makes sense, mostly, in the state reached. */
export interface Step {
  readonly verb: keyof ModelledWrites;
  /** Milliseconds that pass before it. */
  readonly pause: number;
  readonly run: number;
  readonly choice: number;
  /** Small numbers are faults: a stale epoch, a misfitting append. */
  readonly luck: number;
  /** What is sent a second time afterwards: the call itself, or an older one. */
  readonly repeat: "never" | "at once" | "an older one";
}

/** How often each verb is drawn. */
const WEIGHTS: Record<keyof ModelledWrites, number> = {
  createRuns: 14,
  leaseRuns: 24,
  renewLeases: 2,
  appendEntries: 8,
  parkRun: 8,
  holdRun: 2,
  completeRun: 10,
  retryRun: 3,
  failRun: 3,
  cancelRun: 3,
  undoRun: 3,
  requestCancel: 3,
  restartRun: 3,
  releaseRuns: 2,
  reapRun: 3,
  quarantineRun: 3,
  wakeRun: 2,
  completeDueWaitpoints: 6,
  putQueues: 2,
  pauseQueue: 2,
  settleQueue: 1,
  resumeQueue: 3,
  overrideLimit: 1,
  resetLimit: 1,
  pauseEnvironment: 1,
  resumeEnvironment: 4,
  noteCheck: 1,
  deleteRuns: 1,
};

export const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    verb: fc.oneof(
      ...Object.entries(WEIGHTS).map(([verb, weight]) => ({
        weight,
        arbitrary: fc.constant(verb as keyof ModelledWrites),
      })),
    ),
    pause: fc.integer({ min: 0, max: 20 }),
    run: fc.nat(999),
    choice: fc.nat(9_999),
    luck: fc.nat(19),
    repeat: fc.constantFrom("never", "never", "at once", "an older one"),
  }),
  { minLength: 1, maxLength: 80, size: "max" },
);

const TASKS = ["a", "b"] as const;
const QUEUES = ["narrow", "sized", "free"] as const;

export interface Place {
  readonly environmentId: string;
  readonly now: number;
  /** A number of its own for each step: for ids. */
  readonly number: number;
}

export function toCall(m: Model, drawn: Step, place: Place): Call {
  const { verb, choice, luck } = drawn;
  const { environmentId, now } = place;
  const at = { environmentId, now };
  const run = pickRun(m, drawn);
  const epoch = (run?.epoch ?? 1) - (luck === 0 ? 1 : 0);
  const fenced = { ...at, runId: run?.id ?? "run_gone", epoch };
  const appended = { ...fenced, append: makeAppend(run, drawn, place) };
  const maybe = choice % 2 === 0 ? appended : fenced;
  const leases = [...m.runs.values()]
    .slice(choice % 3)
    .map(({ id, epoch: current }) => ({ runId: id, epoch: current }));
  switch (verb) {
    case "createRuns":
      return { verb, params: { ...at, ...makeRuns(run, drawn, place) } };
    case "leaseRuns":
      return {
        verb,
        params: {
          ...at,
          workerId: `worker_${choice % 2}`,
          leaseId: `lease_${luck === 1 ? choice % 3 : place.number}`,
          tasks: luck < 5 ? TASKS.slice(1) : TASKS,
          ...(choice % 7 < 3 ? { version: { id: `v_${choice % 2}`, isLatest: choice % 3 > 0 } } : {}),
          ...(choice % 4 === 1 ? { lane: "shared" as const } : choice % 4 === 2 ? { lane: "alone" as const } : {}),
          limit: 1 + (choice % 5),
          leaseMs: 30,
        },
      };
    case "renewLeases":
      return { verb, params: { ...at, leases, leaseMs: 40 } };
    case "appendEntries":
      return { verb, params: appended };
    case "parkRun":
      return { verb, params: { ...appended, waitingOn: waitpointsOf(m, run, appended.append.waitpoints) } };
    case "holdRun":
      return {
        verb,
        params: {
          ...fenced,
          waitpoint: { id: `waitpoint_${place.number}`, entryKey: `hold#${place.number}`, kind: "hold" },
          details: "diff",
          ...makeFollowUps(drawn, place),
        },
      };
    case "completeRun":
      return { verb, params: { ...appended, ...(choice % 3 === 0 ? {} : { output: `{${choice}}` }) } };
    case "retryRun":
      return {
        verb,
        params: {
          ...appended,
          failure: FAILURE,
          dueAt: now + (choice % 15),
          ...(choice % 5 === 0 ? { staysAlone: true } : {}),
          ...(choice % 7 === 0 ? { memoryMb: 1_024 } : {}),
        },
      };
    case "failRun":
      return { verb, params: { ...maybe, failure: FAILURE, ...makeFollowUps(drawn, place) } };
    case "cancelRun":
      return { verb, params: { ...maybe, ...(choice % 5 === 0 ? { failure: FAILURE } : {}) } };
    case "undoRun":
      return {
        verb,
        params: {
          ...maybe,
          ending: choice % 3 === 0 ? { status: "canceled" } : { status: "failed", failure: FAILURE },
        },
      };
    case "restartRun":
      return { verb, params: { ...fenced, ...(choice % 2 === 0 ? { details: "by hand" } : {}) } };
    case "requestCancel":
    case "reapRun":
    case "quarantineRun":
    case "wakeRun":
      return { verb, params: fenced };
    case "releaseRuns":
      return { verb, params: { ...at, leases: leases.slice(0, 2) } };
    case "completeDueWaitpoints":
      return { verb, params: { ...at, limit: 1 + (choice % 4) } };
    case "putQueues":
      return {
        verb,
        params: {
          ...at,
          queues: [
            { name: "narrow", concurrencyLimit: luck === 0 ? 0 : 1 + (choice % 3) },
            { name: "sized", concurrencyLimit: choice % 2 === 0 ? 2 : null },
          ],
        },
      };
    case "pauseQueue":
    case "settleQueue":
    case "resumeQueue":
    case "resetLimit":
      return { verb, params: { ...at, name: QUEUES[choice % 3] } };
    case "overrideLimit":
      return { verb, params: { ...at, name: QUEUES[choice % 3], concurrencyLimit: choice % 4 } };
    case "pauseEnvironment":
    case "resumeEnvironment":
    case "noteCheck":
      return { verb, params: at };
    case "deleteRuns":
      return { verb, params: { ...at, before: now - (choice % 40), limit: 1 + (choice % 3) } };
  }
}

/** Runs that a verb can do something with are the likelier ones. */
function pickRun(m: Model, { verb, run, luck }: Step): ModelRun | undefined {
  const wanted = verb === "wakeRun" ? ["waiting"] : verb === "restartRun" ? ["waiting", "executing"] : ["executing"];
  const fitting = [...m.runs.values()].filter(({ status }) => luck < 4 || wanted.includes(status));
  return fitting[run % Math.max(1, fitting.length)] ?? [...m.runs.values()][run % Math.max(1, m.runs.size)];
}

function makeAppend(run: ModelRun | undefined, { choice, luck }: Step, { now, number }: Place) {
  const firstSeq = (run?.entrySeq ?? 0) + (luck === 2 ? 2 : luck === 3 ? 0 : 1);
  const entries = [step(`s${choice % 4}`, `{${choice}}`), intent(`i${number}`), undo(choice % 5)].slice(
    choice % 3,
    1 + (choice % 4),
  );
  const dueAt = now + (choice % 10);
  const waitpoints =
    choice % 2 === 0
      ? [{ id: `waitpoint_${number}`, entryKey: `wait:for/${choice % 6}#1`, kind: "time", dueAt } as const]
      : [];
  const notes = choice % 7 === 0 ? [{ kind: "journal.large", details: String(choice % 2) } as const] : [];
  return append(firstSeq, entries, {
    waitpoints,
    notes,
    ...(choice % 5 === 0 ? { metadata: `{${choice}}` } : {}),
    ...(choice % 6 === 0 ? { tags: [`tag ${choice % 3}`] } : {}),
  });
}

/** Few enough that several calls name the same. */
function makeFollowUps({ choice }: Step, { now }: Place) {
  if (choice % 3 === 0) return {};
  const follow = (number: number) => ({
    id: `run_follow_${number}`,
    task: TASKS[number % 2] as string,
    queue: "sized",
    tags: [],
    retry: DEFAULT_RETRY,
    priorityMs: 0,
    dueAt: now + (choice % 4),
    depth: 0,
    onDivergence: "hold" as const,
    payload: `{${number}}`,
  });
  return { followUps: [[0, 1, 2].map(follow), [4 + (choice % 3)].map(follow)] };
}

function waitpointsOf(m: Model, run: ModelRun | undefined, fresh: readonly { readonly id: string }[]): string[] {
  const known = [...m.waitpoints.values()].filter(({ runId, journal }) => runId === run?.id && journal === run.journal);
  return [...new Set([...known, ...fresh].map(({ id }) => id))];
}

function makeRuns(parent: ModelRun | undefined, drawn: Step, place: Place) {
  const { choice, luck } = drawn;
  const { now, number } = place;
  const runs = Array.from({ length: 1 + (choice % 3) }, (_, i) => ({
    id: `run_${String(number).padStart(4, "0")}_${i}`,
    task: TASKS[(choice + i) % 2] as string,
    queue: QUEUES[(choice + i) % 3] as string,
    tags: choice % 4 === 0 ? ["first"] : [],
    retry: DEFAULT_RETRY,
    priorityMs: choice % 8,
    dueAt: now + (choice % 8 === 0 ? 10 : 0),
    depth: 0,
    onDivergence: "hold" as const,
    ...(luck === 4 ? { payloadOf: parent?.id ?? "run_gone" } : choice % 4 === 1 ? { payload: `{${choice}}` } : {}),
    ...(choice % 11 === 0 ? { metadata: "{0}" } : {}),
    ...(choice % 13 === 0 ? { memoryMb: choice % 2 === 0 ? 0 : 512 } : {}),
    ...(choice % 9 === 0 ? { expiresAt: now + 8 } : {}),
    ...((choice + i) % 3 === 0
      ? { idempotencyKey: `k${choice % 2}`, ...(choice % 7 === 0 ? { idempotentUntil: now + 12 } : {}) }
      : {}),
    ...(parent !== undefined && choice % 2 === 0 ? { parentRunId: parent.id } : {}),
  }));
  if (choice % 2 === 1 || parent === undefined) return { runs };
  const lease = {
    runId: parent.id,
    epoch: parent.epoch - (luck === 0 ? 1 : 0),
    append: { ...makeAppend(parent, drawn, place), waitpoints: [] },
  };
  if (choice % 8 === 0) return { runs, parent: { ...lease, triggerKey: `trigger:${choice}#1` } };
  const waitpoint = { id: `waitpoint_${number}`, entryKey: `children:${choice % 5}#1`, kind: "children" as const };
  return { runs, parent: { ...lease, ...(choice % 10 === 0 ? {} : { waitpoint }) } };
}
