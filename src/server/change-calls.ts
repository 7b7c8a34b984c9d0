import type { Engine } from "../engine/index.ts";
import {
  accept,
  type ClientCalls,
  metadataSchema,
  rescheduleSchema,
  resetKeySchema,
  tagsSchema,
} from "../protocol/index.ts";
import { runView } from "./run-view.ts";

export type ChangeCalls = Pick<ClientCalls, "reschedule" | "changeMetadata" | "addTags" | "resetIdempotencyKey">;

/** What others change of a run while it is open, and of a key that led to one. */
export function changeCalls(engine: Engine): ChangeCalls {
  return {
    reschedule: async (input) =>
      runView(await engine.rescheduleRun(accept("runs.reschedule", rescheduleSchema, input))),
    changeMetadata: async (input) => ({
      metadata: await engine.changeMetadata(accept("metadata", metadataSchema, input)),
    }),
    addTags: async (input) => ({ tags: await engine.addTags(accept("tags.add", tagsSchema, input)) }),
    resetIdempotencyKey: async (input) => ({
      runId: await engine.resetIdempotencyKey(accept("idempotencyKeys.reset", resetKeySchema, input)),
    }),
  };
}
