/**
 * What is committed, seen from inside the store: each writing verb is followed by a look at the events and entries that it
 * added, in its own transaction, so that the history has them in the order of the commits and forgets none.
 */
import { FINAL_STATUSES, isFinal, RUN_TRANSITIONS, type RunEventKind } from "../../core/run-state.ts";
import { type Store, VERBS, type VerbTable } from "../../store/index.ts";
import { hasStatus, literal } from "../../store/literals.ts";
import { sql } from "../../store/sql.ts";
import type { Row, Statements, VerbContext } from "../../store/verb.ts";
import { IS_AUTOMATIC } from "../../store/verbs/drop-entries.ts";
import { toText } from "../../store/verbs/values.ts";
import type { CommittedEntry, CommittedEvent, FinalState, FinalWaitpoint, History } from "./history.ts";
import type { World } from "./world.ts";

const IS_FINAL = literal(hasStatus(...FINAL_STATUSES));

const FINAL_KINDS: ReadonlySet<RunEventKind> = new Set(
  Object.values(RUN_TRANSITIONS).flatMap(({ to, event }) => (isFinal(to) ? [event] : [])),
);

/** These verbs, with a look at what each has added. */
export function witnessed(world: World, history: History, writes: VerbTable): VerbTable {
  let lastEvent = 0;
  let lastEntry = 0;

  function* look(verb: string, params: unknown, result: unknown, entries: readonly CommittedEntry[]): Statements<void> {
    const events = yield sql`
      select rowid, run_id, seq, kind, at, epoch, attempt, worker_id from run_events where rowid > ${lastEvent} order by rowid`;
    lastEvent = (events.at(-1)?.["rowid"] as number | undefined) ?? lastEvent;
    keep(verb, params as { now: number }, result, events.map(toEvent), entries);
  }

  function* lookAtEntries(context: VerbContext): Statements<readonly CommittedEntry[]> {
    const entries = yield sql`select rowid, * from entries where rowid > ${lastEntry} order by rowid`;
    lastEntry = (entries.at(-1)?.["rowid"] as number | undefined) ?? lastEntry;
    return entries.map((row) => toEntry(row, context));
  }

  /** Also those that the verb itself deletes again; and what comes after a deletion may get a row number that was there before. */
  function* watched(
    statements: Statements<unknown>,
    context: VerbContext,
    entries: CommittedEntry[],
  ): Statements<unknown> {
    let step = statements.next();
    while (!step.done) {
      const query = step.value;
      const deletes = /delete from entries/.test(query.strings[0] ?? "");
      if (deletes) entries.push(...(yield* lookAtEntries(context)));
      const rows = yield query;
      if (deletes) lastEntry = ((yield sql`select max(rowid) as last from entries`)[0]?.["last"] as number | null) ?? 0;
      step = statements.next(rows);
    }
    entries.push(...(yield* lookAtEntries(context)));
    return step.value;
  }

  function keep(
    verb: string,
    params: { now: number },
    result: unknown,
    events: readonly CommittedEvent[],
    entries: readonly CommittedEntry[],
  ): void {
    const { commits, actor } = history;
    commits.push({
      seq: commits.length + 1,
      at: world.elapsed,
      now: params.now,
      verb,
      actor,
      params: params as unknown as Record<string, unknown>,
      result,
      events,
      entries,
    });
    for (const { kind } of events) {
      history.lastEventAt = world.elapsed;
      if (kind === "run.created") history.created += 1;
      if (FINAL_KINDS.has(kind)) history.final += 1;
    }
    world.note(
      actor,
      `commits ${verb}${refusalOf(result)}${events.map(eventText).join("")}${entries.map(entryText).join("")}`,
    );
  }

  return Object.fromEntries(
    Object.entries(writes).map(([name, verb]) => [
      name,
      function* (params: unknown, context: VerbContext): Statements<unknown> {
        const entries: CommittedEntry[] = [];
        const result = yield* watched(verb(params, context), context, entries);
        yield* look(name, params, result, entries);
        return result;
      },
    ]),
  );
}

/** Verbs that only the checker asks. */
export const WITNESS_READS: VerbTable = {
  ...VERBS.reads,
  *listAllWaitpoints(): Statements<readonly FinalWaitpoint[]> {
    const children = new Map<string, string[]>();
    for (const row of yield sql`select waitpoint_id, run_id from waitpoint_runs order by waitpoint_id, position`) {
      const id = row["waitpoint_id"] as string;
      children.set(id, [...(children.get(id) ?? []), row["run_id"] as string]);
    }
    const found = yield sql`select * from waitpoints order by created_at, id`;
    return found.map((row) => toWaitpoint(row, children.get(row["id"] as string) ?? []));
  },
  *listRecordsLeft(): Statements<FinalState["recordsLeft"]> {
    const found = yield sql`
      select run_id, count(*) as count from entries join runs on runs.id = run_id
      where ${IS_AUTOMATIC} and ${IS_FINAL} group by run_id order by run_id`;
    return found.map((row) => ({ runId: row["run_id"] as string, count: row["count"] as number }));
  },
};

/** The rows as they are in the end. */
export async function readFinalState(store: Store, environmentId: string): Promise<FinalState> {
  const all = store as Store & { listAllWaitpoints(params: object): Promise<readonly FinalWaitpoint[]> };
  return {
    runs: await store.listRuns({ environmentId, limit: 100_000 }),
    waitpoints: await all.listAllWaitpoints({}),
    recordsLeft: await readRecordsLeft(store),
  };
}

export function readRecordsLeft(store: Store): Promise<FinalState["recordsLeft"]> {
  const all = store as Store & { listRecordsLeft(params: object): Promise<FinalState["recordsLeft"]> };
  return all.listRecordsLeft({});
}

function toEvent(row: Row): CommittedEvent {
  return {
    runId: row["run_id"] as string,
    seq: row["seq"] as number,
    kind: row["kind"] as RunEventKind,
    at: row["at"] as number,
    epoch: row["epoch"] as number,
    attempt: row["attempt"] as number,
    workerId: (row["worker_id"] as string | null) ?? undefined,
  };
}

function toEntry(row: Row, { seal }: VerbContext): CommittedEntry {
  const result = row["result"] as Uint8Array | null;
  return {
    runId: row["run_id"] as string,
    seq: row["seq"] as number,
    journal: row["journal"] as number,
    kind: row["kind"] as CommittedEntry["kind"],
    key: row["key"] as string,
    outcome: row["outcome"] as CommittedEntry["outcome"],
    result: result === null ? undefined : toText(result, seal),
    keptSeq: (row["kept_seq"] as number | null) ?? undefined,
    waitpointId: (row["waitpoint_id"] as string | null) ?? undefined,
    place: (row["place"] as string | null) ?? undefined,
    epoch: row["epoch"] as number,
    createdAt: row["created_at"] as number,
  };
}

function toWaitpoint(row: Row, children: readonly string[]): FinalWaitpoint {
  return {
    id: row["id"] as string,
    runId: row["run_id"] as string,
    journal: row["journal"] as number,
    entryKey: row["entry_key"] as string,
    kind: row["kind"] as FinalWaitpoint["kind"],
    status: row["status"] as FinalWaitpoint["status"],
    dueAt: (row["due_at"] as number | null) ?? undefined,
    createdAt: row["created_at"] as number,
    completedAt: (row["completed_at"] as number | null) ?? undefined,
    children,
  };
}

function refusalOf(result: unknown): string {
  const refused = typeof result === "object" && result !== null && "refused" in result ? result.refused : undefined;
  return refused === undefined ? "" : `: ${String(refused)}`;
}

function eventText({ runId, seq, kind, epoch, attempt }: CommittedEvent): string {
  return `; ${runId} ${seq} ${kind} (epoch ${epoch}, attempt ${attempt})`;
}

/** Without the result: a failure's has a stack, which differs between compilers. */
function entryText({ runId, seq, journal, kind, key, outcome, epoch, place }: CommittedEntry): string {
  const where = place === undefined ? "" : `, place ${place}`;
  return `; ${runId} entry ${seq} ${kind} ${key} ${outcome} (journal ${journal}, epoch ${epoch}${where})`;
}
