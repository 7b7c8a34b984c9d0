import { sql } from "../sql.ts";
import type { Refused, StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";
import { indexable } from "./values.ts";

type Params = Parameters<StoreWrites["resetIdempotencyKey"]>[0];

/** Expired rather than deleted, so that whoever asks again hears the same; the row goes with its run. */
export function* resetIdempotencyKey({
  environmentId,
  task,
  key,
}: Params): Statements<{ runId: string } | Refused<"not-found">> {
  const [row] = yield sql`
    update idempotency_keys set idempotent_until = 0
    where environment_id = ${environmentId} and task = ${task} and key = ${indexable(key)} returning run_id`;
  return row === undefined ? { refused: "not-found" } : { runId: row["run_id"] as string };
}
