import type { RunStatus } from "../../core/run-state.ts";
import { forUpdate, sql } from "../sql.ts";
import type { At, CreatedRun, NewRun } from "../store.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import { claimKeys } from "./claim-keys.ts";
import { insertRuns, type SealedRun } from "./insert-runs.ts";
import { toBytes } from "./values.ts";

/** A run as it was asked for, and which run it has become: itself, just made or there before, or one with its idempotency key. */
export type Admitted = Omit<CreatedRun, "status"> & { readonly isMade: boolean };

/** The runs that are not there yet, with their payloads; `undefined` when a payload that is to be copied is gone. */
export function* sealNewRuns(
  { environmentId }: At,
  runs: readonly NewRun[],
  { seal }: VerbContext,
): Statements<readonly SealedRun[] | undefined> {
  // A repeat must neither claim a key anew nor ask for a payload that is gone; other runs are told apart by the insert.
  const looksBack = runs.some(
    ({ idempotencyKey, payloadOf }) => idempotencyKey !== undefined || payloadOf !== undefined,
  );
  const known = yield* findStatuses(environmentId, looksBack ? runs.map(({ id }) => id) : []);
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
  const made = yield* insertRuns(
    at,
    fresh.filter(({ run }) => (owners.get(run.id) ?? run.id) === run.id),
    context,
  );
  return runs.map(({ id }) => {
    const owner = owners.get(id) ?? id;
    return { id: owner, isCached: owner !== id, isMade: owner === id && made.has(id) };
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

/** Runs that were not just made are looked up. One that an idempotency key led to may be deleted by now: then it was final. */
export function* withStatuses(
  environmentId: string,
  admitted: readonly (Omit<Admitted, "isMade"> & { readonly isMade?: boolean })[],
): Statements<readonly CreatedRun[]> {
  const earlier = admitted.filter(({ isMade = false }) => !isMade).map(({ id }) => id);
  const statuses = yield* findStatuses(environmentId, earlier);
  return admitted.map(({ id, isCached, isMade = false }) => ({
    id,
    status: isMade ? "queued" : (statuses.get(id) ?? "completed"),
    isCached,
  }));
}
