/**
 * The whole life of a run as one table, and the only place where a status is written down. Types, SQL guards, CHECKs,
 * documentation and the exhaustive test are read off it.
 *
 * "Delayed" and "retrying" are displays of `queued`: `dueAt` alone says when a queued run may start. `phase` tells a run
 * that does its task (`running`) from one that has ended badly and is taking back what its steps did (`undoing`).
 */
export const RUN_STATUSES = ["queued", "executing", "waiting", "completed", "failed", "canceled"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const RUN_PHASES = ["running", "undoing"] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

interface Transition {
  readonly from: readonly RunStatus[];
  readonly to: RunStatus;
  /** Kind of the run event that is written in the same transaction. */
  readonly event: string;
  readonly why: string;
}

export const RUN_TRANSITIONS = {
  lease: { from: ["queued"], to: "executing", event: "run.started", why: "a worker took the run" },
  park: { from: ["executing"], to: "waiting", event: "run.parked", why: "every branch of it waits for something" },
  hold: { from: ["executing"], to: "waiting", event: "run.held", why: "its code no longer fits its journal; a person decides" },
  wake: { from: ["waiting"], to: "queued", event: "run.woken", why: "something that it waited for happened" },
  restart: { from: ["executing", "waiting"], to: "queued", event: "run.restarted", why: "its attempt begins anew with the steps it kept" },
  release: { from: ["executing"], to: "queued", event: "run.released", why: "its worker is stopping and gave it back" },
  reap: { from: ["executing"], to: "queued", event: "run.reaped", why: "its worker is gone" },
  quarantine: { from: ["executing"], to: "queued", event: "run.quarantined", why: "its process died while it executed; it continues in one of its own" },
  retry: { from: ["executing"], to: "queued", event: "run.retrying", why: "the attempt failed; attempts remain" },
  undo: { from: ["queued", "executing", "waiting"], to: "queued", event: "run.undoing", why: "it ended badly and owes undos" },
  complete: { from: ["executing"], to: "completed", event: "run.completed", why: "the task returned" },
  fail: { from: ["queued", "executing", "waiting"], to: "failed", event: "run.failed", why: "no attempts remain, or a deadline passed" },
  cancel: { from: ["queued", "executing", "waiting"], to: "canceled", event: "run.canceled", why: "someone asked" },
} as const satisfies Record<string, Transition>;

export type RunTransition = keyof typeof RUN_TRANSITIONS;
export type RunTransitionEvent = (typeof RUN_TRANSITIONS)[RunTransition]["event"];

/** Lines of a run's story that change no status. */
export const RUN_NOTES = {
  "run.created": "the run was accepted",
  "run.cancel-requested": "someone asked for the end of an executing run",
  "run.rescheduled": "someone set another earliest start",
  "step.uncertain": "its process ended while this step may have been executing; it runs again",
  "journal.large": "the journal passed the size at which we warn",
  "worker.stalled": "while it executed, code of a run kept the event loop of its process from everything else",
  "step.key-missing": "a step name occurred more than once without a key, so a new attempt repeats it",
  "effect.unrecorded": "its code did something outside of a step that cannot be recorded, so a continuation in another process repeats it",
  "effect.repeated": "its code continued from the top and did again what cannot be recorded",
  "effect.uncertain": "a request may have been made when its process ended; it is made again",
  "effect.ambiguous": "equal requests were under way together and nothing tells them apart",
  "replay.request-differs": "its code made a request that differs from the recorded one whose result it got",
  "replay.stepped-over": "its code went on without a request that is recorded",
} as const;

export type RunEventKind = RunTransitionEvent | keyof typeof RUN_NOTES;

/** How the lease of a run ends whose process is gone: what that was doing may have been done, and nobody wrote it down. */
export const LOSS_EVENTS = [RUN_TRANSITIONS.reap.event, RUN_TRANSITIONS.quarantine.event] as const;

export function isLoss(event: string | undefined): boolean {
  return (LOSS_EVENTS as readonly (string | undefined)[]).includes(event);
}

/**
 * How the last lease ended under which the code was at work, or what became of the run since. A run may be leased on behalf of a
 * process that is gone already, and is given back then; notes say nothing of it.
 *
 * @param events - In order.
 */
export function lastEnd(events: readonly RunEventKind[]): RunEventKind | undefined {
  const { lease, release } = RUN_TRANSITIONS;
  return events.findLast((kind) => kind !== lease.event && kind !== release.event && !Object.hasOwn(RUN_NOTES, kind));
}

/** Statuses that nothing leaves. */
export const FINAL_STATUSES: readonly RunStatus[] = RUN_STATUSES.filter((status) => Object.values<Transition>(RUN_TRANSITIONS).every((transition) => !transition.from.includes(status)));

/** Statuses that something leaves: the run has work ahead. */
export const OPEN_STATUSES: readonly RunStatus[] = RUN_STATUSES.filter((status) => !FINAL_STATUSES.includes(status));

export function isFinal(status: RunStatus): boolean {
  return FINAL_STATUSES.includes(status);
}

export function canTransition(name: RunTransition, from: RunStatus): boolean {
  return (RUN_TRANSITIONS[name].from as readonly RunStatus[]).includes(from);
}
