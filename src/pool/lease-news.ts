import type { LeaseKey, Run } from "../core/run.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";

/** What an answer of the node says about who holds which runs. */
export interface LeaseNews {
  readonly gained?: readonly GainedLease[];
  readonly ended?: readonly LeaseKey[];
  readonly leaseMs?: number;
}

export interface GainedLease extends LeaseKey {
  /** Executing time that is left of its `maxDuration`; absent where it has none, or only takes its steps back. */
  readonly leftMs?: number;
}

type Reading<Call extends keyof WorkerCalls> = (
  input: Parameters<WorkerCalls[Call]>[0],
  answer: Awaited<ReturnType<WorkerCalls[Call]>>,
) => LeaseNews;

const READINGS: { readonly [Call in keyof WorkerCalls]?: Reading<Call> } = {
  lease: (_, { runs, leaseMs }) => ({ gained: runs.map(gainedLease), leaseMs }),
  renew: ({ leases }, answer) => ({
    ended: leases.filter((_, i) => answer.leases[i]?.held === false),
    leaseMs: answer.leaseMs,
  }),
  release: ({ leases }) => ({ ended: leases }),
  record: (lease, { state }) => (state === "recorded" ? {} : { ended: [lease] }),
  triggerFrom: (lease, { state }) => (state === "triggered" ? {} : { ended: [lease] }),
  park: (lease, { state }) => (state === "ready" ? {} : { ended: [lease] }),
  finish: (lease) => ({ ended: [lease] }),
};

/** Reads leases off a call that a worker made and the answer that it got. */
export function leaseNews(call: string, input: unknown, answer: unknown): LeaseNews {
  const reading = Object.hasOwn(READINGS, call) ? READINGS[call as keyof WorkerCalls] : undefined;
  return reading === undefined ? {} : (reading as (input: unknown, answer: unknown) => LeaseNews)(input, answer);
}

export function gainedLease({ id, epoch, maxDurationMs, activeMs, phase }: Run): GainedLease {
  const isLimited = maxDurationMs !== undefined && phase === "running";
  return { runId: id, epoch, ...(isLimited ? { leftMs: maxDurationMs - activeMs } : {}) };
}
