import type { FailureKind } from "../core/failure.ts";
import type { Run } from "../core/run.ts";
import type { Store, StoreWrites } from "../store/store.ts";

/** What a node does with runs, told as it happens to whoever counts. Called in the middle of work: it must be quick, and never throw. */
export interface EngineMeter {
  created(task: string): void;
  /** A worker got a run that had been due for `waitedMs`. */
  leased(run: { readonly task: string; readonly queue: string; readonly waitedMs: number }): void;
  /** A run is final. Its task and its time since it began are known when this node has leased it. */
  ended(run: {
    readonly status: "completed" | "failed" | "canceled";
    readonly failureKind?: FailureKind;
    readonly task?: string;
    readonly durationMs?: number;
  }): void;
  /** An attempt failed, and another follows. */
  retried(task: string | undefined): void;
  /** A worker lost a run by being gone. */
  reaped(): void;
}

type Leased = Pick<Run, "task" | "startedAt" | "epoch">;
type Reading<Verb extends keyof StoreWrites> = (
  params: Parameters<StoreWrites[Verb]>[0],
  answer: ReturnType<StoreWrites[Verb]>,
  books: { readonly meter: EngineMeter; readonly held: Map<string, Leased> },
) => void;

const READINGS: { readonly [Verb in keyof StoreWrites]?: Reading<Verb> } = {
  createRuns({ runs }, answer, { meter }) {
    if ("refused" in answer) return;
    for (const [i, { id, task }] of runs.entries()) if (answer.created[i]?.id === id) meter.created(task);
  },
  putBatchItems(_, answer, { meter }) {
    if ("refused" in answer) return;
    for (const task of answer.madeTasks) meter.created(task);
  },
  leaseRuns({ now }, runs, { meter, held }) {
    for (const { id, task, queue, startedAt, dueAt, epoch } of runs) {
      // Asked again with the same lease id, the same runs are answered.
      if (held.get(id)?.epoch === epoch) continue;
      if (held.size >= MAX_HELD) held.delete(held.keys().next().value ?? "");
      held.set(id, { task, epoch, ...(startedAt === undefined ? {} : { startedAt }) });
      meter.leased({ task, queue, waitedMs: Math.max(0, now - dueAt) });
    }
  },
  completeRun: ended("completed"),
  failRun: ended("failed"),
  cancelRun: ended("canceled"),
  retryRun({ runId }, answer, { meter, held }) {
    if ("refused" in answer) return;
    meter.retried(held.get(runId)?.task);
    held.delete(runId);
  },
  reapRun: lost,
  quarantineRun: lost,
  // From here on they are nobody's, or another node's: whoever leases them next knows them anew.
  parkRun({ runId }, answer, { held }) {
    if (!("refused" in answer)) held.delete(runId);
  },
  holdRun: ({ runId }, _, { held }) => void held.delete(runId),
  restartRun: ({ runId }, _, { held }) => void held.delete(runId),
  undoRun: ({ runId }, _, { held }) => void held.delete(runId),
  releaseRuns({ leases }, _, { held }) {
    for (const { runId } of leases) held.delete(runId);
  },
};

/** Runs that were lost to another node are told by nobody: the oldest are forgotten. */
const MAX_HELD = 50_000;

/** The same store; what its verbs did to runs is told to the meter after they were answered. */
export function meteredStore(store: Store, meter: EngineMeter | undefined): Store {
  if (meter === undefined) return store;
  const books = { meter, held: new Map<string, Leased>() };
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const reading = Object.hasOwn(READINGS, name) ? READINGS[name as keyof StoreWrites] : undefined;
      if (reading === undefined) return member.bind(target);
      return async (params: object) => {
        const answer: unknown = await member.call(target, params);
        (reading as (params: object, answer: unknown, to: typeof books) => void)(params, answer, books);
        return answer;
      };
    },
  });
}

function lost(
  { runId }: { readonly runId: string },
  answer: object,
  { meter, held }: Parameters<Reading<"reapRun">>[2],
): void {
  if (!("refused" in answer)) meter.reaped();
  held.delete(runId);
}

function ended<Verb extends "completeRun" | "failRun" | "cancelRun">(
  status: Parameters<EngineMeter["ended"]>[0]["status"],
): Reading<Verb> {
  return (params, answer, { meter, held }) => {
    if ("refused" in answer) return;
    const { runId, now } = params;
    const failure = "failure" in params ? params.failure : undefined;
    const known = held.get(runId);
    held.delete(runId);
    meter.ended({
      status,
      ...(failure === undefined ? {} : { failureKind: failure.kind }),
      ...(known === undefined ? {} : { task: known.task, durationMs: Math.max(0, now - (known.startedAt ?? now)) }),
    });
  };
}
