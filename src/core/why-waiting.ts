/** "Why are you not running?", as a rule: the first thing that keeps a run from going on. */
import type { Waitpoint } from "./entry.ts";
import type { Queue } from "./queue.ts";
import type { Run } from "./run.ts";
import { isFinal } from "./run-state.ts";

export const WAIT_REASONS = {
  final: "it has ended",
  executing: "a worker executes it",
  held: "its code no longer fits its journal, and a person decides",
  waiting: "it waits for something by itself",
  canceling: "its end was asked for",
  delayed: "its time has not come",
  "everything-paused": "everything is paused",
  "queue-paused": "its queue is paused",
  "queue-full": "as many runs of its queue execute as may",
  "no-worker": "no worker takes runs like it",
  "workers-busy": "the workers that could take it have no free place",
  soon: "nothing keeps it: it is about to start",
} as const;
export type WaitReason = keyof typeof WAIT_REASONS;

export interface Explanation {
  readonly reason: WaitReason;
  /** For people, with what it is about. */
  readonly sentence: string;
  /** When it goes on by itself, where that is known. */
  readonly until?: number;
}

/** A run and its surroundings. */
export interface Situation {
  readonly run: Pick<
    Run,
    "status" | "phase" | "queue" | "task" | "dueAt" | "attempt" | "startedAt" | "cancelRequestedAt"
  >;
  readonly now: number;
  /** Waitpoints of its journal. */
  readonly waitpoints: readonly Waitpoint[];
  /** Since when everything is paused. */
  readonly pausedAt: number | undefined;
  readonly queue: Pick<Queue, "pausedAt" | "concurrencyLimit"> & { readonly executing: number };
  /** The version whose workers may take it; absent where versions do not matter. */
  readonly version: string | undefined;
  /** Of the workers that may take it: one asks for runs, they have enough to do, or nobody knows of any. */
  readonly workers: "asking" | "busy" | "none";
}

export function whyWaiting(situation: Situation): Explanation {
  const { status } = situation.run;
  if (isFinal(status)) return { reason: "final", sentence: `It is ${status}.` };
  if (status === "executing") return { reason: "executing", sentence: "A worker executes it." };
  return status === "waiting" ? whyParked(situation) : whyQueued(situation);
}

function whyParked({ waitpoints }: Situation): Explanation {
  const pending = waitpoints.filter((one) => one.status === "pending");
  if (pending.some(({ kind }) => kind === "hold"))
    return {
      reason: "held",
      sentence: "Its code no longer fits its journal: restart it with its kept steps, restore the code, or cancel it.",
    };
  const instants = pending.flatMap(({ kind, dueAt }) => (kind === "time" && dueAt !== undefined ? [dueAt] : []));
  const children = pending.reduce((sum, { kind, remaining }) => sum + (kind === "children" ? remaining : 0), 0);
  const until = instants.length === 0 ? undefined : Math.min(...instants);
  const parts = [
    ...(until === undefined ? [] : [`until ${dateOf(until)}`]),
    ...(children === 0 ? [] : [`for ${children} of its children to end`]),
  ];
  if (parts.length === 0) return { reason: "waiting", sentence: "It waits for its code to call back." };
  return { reason: "waiting", sentence: `It waits ${parts.join(" and ")}.`, ...(until === undefined ? {} : { until }) };
}

function whyQueued({ run, now, pausedAt, queue, version, workers }: Situation): Explanation {
  if (run.cancelRequestedAt !== undefined && run.phase === "running")
    return { reason: "canceling", sentence: "Its end was asked for." };
  if (run.dueAt > now) return whyDelayed(run);
  if (pausedAt !== undefined)
    return { reason: "everything-paused", sentence: `Everything is paused since ${dateOf(pausedAt)}.` };
  if (queue.pausedAt !== undefined)
    return { reason: "queue-paused", sentence: `Its queue ${run.queue} is paused since ${dateOf(queue.pausedAt)}.` };
  if (queue.concurrencyLimit !== null && queue.executing >= queue.concurrencyLimit) {
    const { executing, concurrencyLimit } = queue;
    return {
      reason: "queue-full",
      sentence: `${executing} runs of its queue ${run.queue} execute; its limit is ${concurrencyLimit}.`,
    };
  }
  if (workers === "none") {
    const which = version === undefined ? `the task ${run.task}` : `the task ${run.task} in version ${version}`;
    return { reason: "no-worker", sentence: `No worker is known that takes runs of ${which}.` };
  }
  if (workers === "busy")
    return { reason: "workers-busy", sentence: "The workers that take runs like it have no free place." };
  return { reason: "soon", sentence: "Nothing keeps it: it is about to start." };
}

function whyDelayed({ dueAt, attempt, startedAt }: Situation["run"]): Explanation {
  const what = startedAt === undefined ? "It was asked to start" : `Attempt ${attempt} begins`;
  return { reason: "delayed", sentence: `${what} at ${dateOf(dueAt)}.`, until: dueAt };
}

function dateOf(instant: number): string {
  return new Date(instant).toISOString();
}
