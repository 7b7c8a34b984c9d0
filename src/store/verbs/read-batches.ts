import type { Batch } from "../../core/batch.ts";
import { defined } from "../../core/defined.ts";
import { isFinal, type RunStatus } from "../../core/run-state.ts";
import { sql } from "../sql.ts";
import type { StoreReads } from "../store.ts";
import type { Row, Statements } from "../verb.ts";

/** The runs of a batch never change once they are there, so two statements see as much as one. One that was deleted was final. */
export function* findBatch({
  environmentId,
  batchId,
}: Parameters<StoreReads["findBatch"]>[0]): Statements<Batch | undefined> {
  const [row] = yield sql`select * from batches where environment_id = ${environmentId} and id = ${batchId}`;
  if (row === undefined) return undefined;
  const runIds = JSON.parse((row["run_ids"] as string | null) ?? "[]") as readonly string[];
  const runs = yield sql`
    select status, finished_at from runs where environment_id = ${environmentId} and id in (${runIds})`;
  return toBatch(row, runIds, runs);
}

function toBatch(row: Row, runIds: readonly string[], runs: readonly Row[]): Batch {
  const openRuns = runs.filter(({ status }) => !isFinal(status as RunStatus)).length;
  const finishes = runs.flatMap((run) => (run["finished_at"] as number | null) ?? []);
  return {
    id: row["id"] as string,
    runCount: row["run_count"] as number,
    received: row["received"] as number,
    runIds,
    openRuns,
    createdAt: row["created_at"] as number,
    ...defined({
      idempotencyKey: (row["idempotency_key"] as string | null) ?? undefined,
      sealedAt: (row["sealed_at"] as number | null) ?? undefined,
      finishedAt: openRuns === 0 && finishes.length > 0 ? Math.max(...finishes) : undefined,
    }),
  };
}
