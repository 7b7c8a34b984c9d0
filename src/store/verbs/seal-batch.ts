import { joined } from "../literals.ts";
import { sql } from "../sql.ts";
import type { At, NewRun } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { type Admitted, admitRuns } from "./admit-runs.ts";
import { lowerBlobs } from "./blob-refs.ts";
import type { SealedRun } from "./insert-runs.ts";
import { toText } from "./values.ts";

/** The items become runs, all of them, and are gone. An item whose idempotency key is taken becomes the run that has it. */
export function* sealBatch(at: At, batchId: string, context: VerbContext) {
  const { environmentId, now } = at;
  const staged = yield* readItems(environmentId, batchId, context);
  const runs = staged.map(({ run }) => run);
  const admitted = yield* admitRuns(at, runs, staged, context);
  yield sql`delete from batch_items where environment_id = ${environmentId} and batch_id = ${batchId}`;
  yield sql`
    update batches set sealed_at = ${now}, run_ids = ${idsOf(admitted)}, made = ${countMade(admitted)}
    where environment_id = ${environmentId} and id = ${batchId}`;
  const made = runs.filter((_, i) => admitted[i]?.isMade);
  return {
    isSealed: true,
    madeTasks: made.map(({ task }) => task),
    ...first("dueAt", made),
    ...first("expiresAt", made),
    // The runs have counted them too.
    unreferencedBlobs: yield* lowerBlobs(
      at,
      staged.map(({ payload }) => payload),
    ),
  };
}

/** The row of a batch whose runs were all asked for in one call. */
export function* noteBatch(at: At, runs: readonly NewRun[], admitted: readonly Admitted[]): Statements<void> {
  const batchId = runs[0]?.batchId;
  if (batchId === undefined) return;
  const { environmentId, now } = at;
  const count = runs.length;
  const batch = sql`(${environmentId}, ${batchId}, ${count}, ${count}, 0, ${countMade(admitted)}, ${idsOf(admitted)}, ${now}, ${now})`;
  yield sql`
    insert into batches (environment_id, id, run_count, received, staged_size, made, run_ids, created_at, sealed_at)
    values ${joined([batch])} on conflict do nothing`;
}

function* readItems(environmentId: string, batchId: string, { seal }: VerbContext): Statements<readonly SealedRun[]> {
  const items = yield sql`
    select request, payload from batch_items where environment_id = ${environmentId} and batch_id = ${batchId}
    order by position`;
  return items.map(({ request, payload }) => ({
    run: JSON.parse(toText(request as Uint8Array, seal)) as NewRun,
    payload: payload as Uint8Array | null,
  }));
}

function idsOf(admitted: readonly Admitted[]): string {
  return JSON.stringify(admitted.map(({ id }) => id));
}

function countMade(admitted: readonly Admitted[]): number {
  return admitted.filter(({ isMade }) => isMade).length;
}

function first<Field extends "dueAt" | "expiresAt">(field: Field, runs: readonly NewRun[]): { [F in Field]?: number } {
  const instants = runs.flatMap((run) => run[field] ?? []);
  return instants.length === 0 ? {} : ({ [field]: Math.min(...instants) } as { [F in Field]?: number });
}
