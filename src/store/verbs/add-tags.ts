import { sql } from "../sql.ts";
import type { Refused, StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";
import { tagsText } from "./append.ts";
import { lockRun } from "./lock-runs.ts";

type Params = Parameters<StoreWrites["addTags"]>[0];

/** What the run's own code adds comes on top of what the row has then, so neither loses anything. */
export function* addTags(params: Params): Statements<{ tags: readonly string[] } | Refused<"not-found" | "too-many">> {
  const run = yield* lockRun(params);
  if (run === undefined) return { refused: "not-found" };
  const tags = [...new Set([...run.tags, ...params.tags])];
  if (tags.length === run.tags.length) return { tags };
  if (tags.length > params.limit) return { refused: "too-many" };
  yield sql`
    update runs set tags = ${tagsText(tags)} where environment_id = ${params.environmentId} and id = ${run.id}`;
  return { tags };
}
