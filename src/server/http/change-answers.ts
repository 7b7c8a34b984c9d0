import { z } from "zod";
import { defined } from "../../core/defined.ts";
import { type Duration, parseDuration, parseInstant } from "../../core/duration.ts";
import { perdureError } from "../../core/errors.ts";
import type { MetadataChange } from "../../core/metadata-change.ts";
import { accept, type ClientCalls } from "../../protocol/index.ts";
import type { Answer, AnswerDeps } from "./answers.ts";
import { presentWholeRun } from "./present-run.ts";

const key = z.string();
const operation = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["set", "append", "remove"]), key, value: z.unknown() }),
  z.strictObject({ type: z.literal("delete"), key }),
  z.strictObject({ type: z.literal("increment"), key, value: z.number() }),
  z.strictObject({ type: z.literal("update"), value: z.record(z.string(), z.unknown()) }),
]);
const operations = z.array(operation).nullish();
const metadataBody = z.strictObject({
  metadata: z.record(z.string(), z.unknown()).nullish(),
  operations,
  parentOperations: operations,
  rootOperations: operations,
});
const tagsBody = z.strictObject({ tags: z.union([z.string(), z.array(z.string())]) });
const rescheduleBody = z.strictObject({ delay: z.string() });
const resetBody = z.strictObject({ taskIdentifier: z.string() });

/** Changes of runs in the shapes of Trigger.dev's API. */
export const CHANGE_ANSWERS = {
  async changeMetadata({ calls }, { params, body, requestKey }) {
    const runId = params["runId"] ?? "";
    const asked = accept("metadata", metadataBody, body);
    const whole: MetadataChange[] = asked.metadata ? [{ op: "replace", value: asked.metadata }] : [];
    const change = (id: string, changes: readonly MetadataChange[], place: string) =>
      calls.changeMetadata({ runId: id, changes, ...(requestKey && { requestKey: `${requestKey}/${place}` }) });
    const relatives = [toChanges(asked.parentOperations), toChanges(asked.rootOperations)] as const;
    const { metadata } = await change(runId, [...whole, ...toChanges(asked.operations)], "own");
    if (relatives.every((changes) => changes.length === 0)) return { metadata: JSON.parse(metadata) as object };
    // A run without a parent is its own.
    const { parentRunId = runId, rootRunId } = await calls.retrieve({ runId });
    if (relatives[0].length > 0) await change(parentRunId, relatives[0], "parent");
    if (relatives[1].length > 0) await change(rootRunId, relatives[1], "root");
    return { metadata: await readMetadata(calls, runId) };
  },

  async addTags({ calls }, { params, body }) {
    const { tags: given } = accept("tags.add", tagsBody, body);
    const added = typeof given === "string" ? [given] : given;
    const { tags } = await calls.addTags({ runId: params["runId"] ?? "", tags: added });
    return { message: `The run has the tags ${tags.join(", ")}.` };
  },

  async reschedule({ calls, env }, { params, body, requestKey }) {
    const { delay } = accept("runs.reschedule", rescheduleBody, body);
    const when = /^\d{4}-/.test(delay)
      ? { dueAt: parseInstant(delay as Duration, 0, "delay") }
      : { delayMs: parseDuration(delay as Duration, "delay") };
    const run = await calls.reschedule({ runId: params["runId"] ?? "", ...when, ...defined({ requestKey }) });
    return presentWholeRun(run, { now: env.now() });
  },

  async resetIdempotencyKey({ calls }, { params, body }) {
    const { taskIdentifier } = accept("idempotencyKeys.reset", resetBody, body);
    await calls.resetIdempotencyKey({ task: taskIdentifier, key: params["key"] ?? "" });
    return { id: params["key"] ?? "" };
  },
} as const satisfies Partial<Record<keyof ClientCalls, Answer>>;

/** What others see of a run's metadata. */
export async function readMetadata(calls: AnswerDeps["calls"], runId: string): Promise<object> {
  const { metadata = "{}" } = await calls.retrieve({ runId });
  return JSON.parse(metadata) as object;
}

function toChanges(given: z.infer<typeof operations>): readonly MetadataChange[] {
  return (given ?? []).map((asked) => {
    if (asked.type === "update") return { op: "replace", value: asked.value };
    // There a key may be a path into the object; taken as a name it would change something else.
    if (asked.key.startsWith("$.")) throw perdureError("OPTION_UNSUPPORTED", { what: "metadata", option: asked.key });
    switch (asked.type) {
      case "delete":
        return { op: "del", key: asked.key };
      case "increment":
        return { op: "increment", key: asked.key, by: asked.value };
      default:
        return { op: asked.type, key: asked.key, value: asked.value };
    }
  });
}
