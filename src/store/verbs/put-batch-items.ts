import type { BatchItemsPut } from "../batch-verbs.ts";
import { chunks, joined } from "../literals.ts";
import { forUpdate, sql } from "../sql.ts";
import { type At, type NewRun, REFERENCE_PREFIX, type Refused, type StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { raiseBlobs } from "./blob-refs.ts";
import { sealBatch } from "./seal-batch.ts";
import { toBytes, weightOf } from "./values.ts";

type Params = Parameters<StoreWrites["putBatchItems"]>[0];
type Put = BatchItemsPut | Refused<"not-found" | "beyond-batch" | "too-large">;

interface Item {
  readonly place: number;
  readonly run: NewRun;
}

/** Postgres: the batch's row is locked first, so that two streams of one batch take turns and one of them seals it. */
export function* putBatchItems(params: Params, context: VerbContext): Statements<Put> {
  const { environmentId, batchId, runs, places, maxSize } = params;
  const [batch] = yield sql`
    select run_count, received, staged_size, run_ids from batches
    where environment_id = ${environmentId} and id = ${batchId} ${forUpdate}`;
  if (batch === undefined) return { refused: "not-found" };
  const runCount = batch["run_count"] as number;
  if (places.some((place) => place >= runCount)) return { refused: "beyond-batch" };
  const items = runs.map((run, i) => ({ run, place: places[i] as number }));
  if (batch["run_ids"] !== null) return countPut(items, JSON.parse(batch["run_ids"] as string), runCount);
  const taken = yield* findTaken(params);
  const fresh = firstOfEach(items.filter(({ place }) => !taken.has(place)));
  const stagedSize = (batch["staged_size"] as number) + fresh.reduce((sum, { run }) => sum + sizeOf(run), 0);
  if (stagedSize > maxSize) return { refused: "too-large" };
  const received = (batch["received"] as number) + fresh.length;
  yield* insertItems(params, batchId, fresh, context);
  yield sql`
    update batches set received = ${received}, staged_size = ${stagedSize}
    where environment_id = ${environmentId} and id = ${batchId}`;
  for (const { place, run } of fresh) taken.set(place, run.id);
  const put = countPut(items, taken, received);
  if (received < runCount) return { ...put, isSealed: false };
  return { ...put, ...(yield* sealBatch(params, batchId, context)) };
}

/** A repeat finds its own items, which count as accepted again. */
function countPut(
  items: readonly Item[],
  runIds: readonly string[] | ReadonlyMap<number, string>,
  received: number,
): BatchItemsPut {
  const runIdAt = (place: number) => (runIds instanceof Map ? runIds.get(place) : (runIds as readonly string[])[place]);
  const accepted = items.filter(({ place, run }) => runIdAt(place) === run.id).length;
  return {
    accepted,
    deduplicated: items.length - accepted,
    received,
    isSealed: true,
    madeTasks: [],
    unreferencedBlobs: [],
  };
}

function* findTaken({ environmentId, batchId, places }: Params): Statements<Map<number, string>> {
  const found = yield sql`
    select position, run_id from batch_items
    where environment_id = ${environmentId} and batch_id = ${batchId} and position in (${places})`;
  return new Map(found.map((row) => [row["position"] as number, row["run_id"] as string]));
}

function firstOfEach(items: readonly Item[]): readonly Item[] {
  const byPlace = new Map<number, Item>();
  for (const item of items) if (!byPlace.has(item.place)) byPlace.set(item.place, item);
  return [...byPlace.values()];
}

function* insertItems(at: At, batchId: string, items: readonly Item[], { seal }: VerbContext): Statements<void> {
  const payloads: (Uint8Array | null)[] = [];
  for (const chunk of chunks(items)) {
    const tuples = chunk.map(({ place, run: { payload, ...request } }) => {
      const bytes = toBytes(payload, seal);
      payloads.push(bytes);
      return sql`(${at.environmentId}, ${batchId}, ${place}, ${request.id}, ${seal.close(JSON.stringify(request))}, ${bytes})`;
    });
    yield sql`
      insert into batch_items (environment_id, batch_id, position, run_id, request, payload) values ${joined(tuples)}`;
  }
  yield* raiseBlobs(at, payloads);
}

/** What has to be read when the batch is sealed: long payloads lie elsewhere and stay there. */
function sizeOf({ payload, metadata }: NewRun): number {
  return (payload?.startsWith(REFERENCE_PREFIX) ? payload.length : weightOf(payload)) + weightOf(metadata);
}
