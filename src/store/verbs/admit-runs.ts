import type { RunStatus } from "../../core/run-state.ts";
import { forUpdate, sql } from "../sql.ts";
import type { At, CreatedRun, NewRun } from "../store.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import { claimKeys } from "./claim-keys.ts";
import { insertRuns, type SealedRun } from "./insert-runs.ts";
import { toBytes } from "./values.ts";

/** A run as it was asked for, and which run it has become: itself, or an earlier one with its idempotency key. */
export type Admitted = Omit<CreatedRun, "status">;

/** The runs that are not there yet, with their payloads; `undefined` when a payload that is to be copied is gone. */
export function* sealNewRuns(
  { environmentId }: At,
  runs: readonly NewRun[],
  { seal }: VerbContext,
): Statements<readonly SealedRun[] | undefined> {
  const known = yield* findStatuses(
    environmentId,
    runs.map(({ id }) => id),
  );
  const fresh = runs.filter(({ id }) => !known.has(id));
  const sources = new Map<string, Row>();
  const sourceIds = [...new Set(fresh.flatMap(({ payloadOf }) => payloadOf ?? []))];
  if (sourceIds.length > 0) {
    // Locked, so that a blob that it names is not deleted before it is counted again.
    const found = yield sql`
      select id, payload from runs where environment_id = ${environmentId} and id in (${sourceIds})
      order by id desc ${forUpdate}`;
    for (const row of found) sources.set(row["id"] as string, row);
  }
  if (sources.size < sourceIds.length) return undefined;
  return fresh.map((run) => {
    const source = run.payloadOf === undefined ? undefined : sources.get(run.payloadOf);
    return {
      run,
      payload: source === undefined ? toBytes(run.payload, seal) : (source["payload"] as Uint8Array | null),
    };
  });
}

/** Makes the runs whose idempotency key, if any, is not taken; for each that was asked for, which run it has become. */
export function* admitRuns(
  at: At,
  runs: readonly NewRun[],
  fresh: readonly SealedRun[],
  context: VerbContext,
): Statements<readonly Admitted[]> {
  const owners = yield* claimKeys(
    at,
    fresh.map(({ run }) => run),
  );
  yield* insertRuns(
    at,
    fresh.filter(({ run }) => (owners.get(run.id) ?? run.id) === run.id),
    context,
  );
  return runs.map(({ id }) => {
    const owner = owners.get(id) ?? id;
    return { id: owner, isCached: owner !== id };
  });
}

export function* findStatuses(
  environmentId: string,
  ids: readonly string[],
): Statements<ReadonlyMap<string, RunStatus>> {
  if (ids.length === 0) return new Map();
  const found = yield sql`select id, status from runs where environment_id = ${environmentId} and id in (${ids})`;
  return new Map(found.map((row) => [row["id"] as string, row["status"] as RunStatus]));
}

/** A run that an idempotency key led to may have been deleted since: then it was final. */
export function withStatuses(
  admitted: readonly Admitted[],
  statuses: ReadonlyMap<string, RunStatus>,
): readonly CreatedRun[] {
  return admitted.map(({ id, isCached }) => ({ id, status: statuses.get(id) ?? "completed", isCached }));
}
