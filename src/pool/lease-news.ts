import type { LeaseKey } from "../core/run.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";

/** What an answer of the node says about who holds which runs. */
export interface LeaseNews {
  readonly gained?: readonly LeaseKey[];
  readonly ended?: readonly LeaseKey[];
  readonly leaseMs?: number;
}

type Reading<Call extends keyof WorkerCalls> = (
  input: Parameters<WorkerCalls[Call]>[0],
  answer: Awaited<ReturnType<WorkerCalls[Call]>>,
) => LeaseNews;

const READINGS: { readonly [Call in keyof WorkerCalls]?: Reading<Call> } = {
  lease: (_, { runs, leaseMs }) => ({ gained: runs.map(({ id, epoch }) => ({ runId: id, epoch })), leaseMs }),
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
