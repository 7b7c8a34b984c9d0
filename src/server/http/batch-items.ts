import { z } from "zod";
import { isPerdureError, perdureError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { accept, type ClientCalls } from "../../protocol/index.ts";
import { acceptTrigger } from "./accept-trigger.ts";
import type { AnswerDeps } from "./answers.ts";
import { drain, type Line, readLines } from "./read-body.ts";
import type { AppContext } from "./surroundings.ts";

type BatchItem = Parameters<ClientCalls["addBatchItems"]>[0]["items"][number];

/** Items that are handed over together; what a stream holds in memory is one such group. */
const GROUP_ITEMS = 100;
const GROUP_CHARACTERS = 1024 * 1024;
const NDJSON: ReadonlySet<string> = new Set(["application/x-ndjson", "application/ndjson", "application/jsonl"]);

const line = z.strictObject({
  index: z.number().int().min(0),
  task: z.string(),
  payload: z.unknown().optional(),
  options: z.unknown().optional(),
});

/**
 * Takes a stream of items, one to a line, group by group. When a line cannot be taken, or the stream breaks off, those before
 * it stay taken, and nothing has started: the stream is sent again from its beginning.
 */
export async function answerBatchItems(context: AppContext, deps: AnswerDeps): Promise<object> {
  const { req } = context;
  const batchId = req.param("batchId") ?? "";
  const type = req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!NDJSON.has(type)) throw perdureError("BODY_TYPE_UNKNOWN", { type, known: "application/x-ndjson" });
  const { runCount } = await deps.calls.retrieveBatch({ batchId });
  const reader = (req.raw.body ?? new Blob([]).stream()).getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const what = { method: req.method, path: req.path };
  try {
    const taken = await takeItems(readLines(reader, { limit: LIMITS.batchCharacters, what }), batchId, deps);
    const counts = { id: batchId, itemsAccepted: taken.accepted, itemsDeduplicated: taken.deduplicated };
    if (taken.isSealed) return { ...counts, sealed: true };
    return { ...counts, sealed: false, enqueuedCount: taken.received, expectedCount: runCount };
  } catch (error) {
    await drain(reader, LIMITS.batchCharacters);
    throw error;
  }
}

async function takeItems(lines: AsyncIterable<Line>, batchId: string, { calls, env }: AnswerDeps) {
  const taken = { accepted: 0, deduplicated: 0, received: 0, isSealed: false };
  let group: BatchItem[] = [];
  let characters = 0;
  const hand = async () => {
    const answer = await calls.addBatchItems({ batchId, items: group });
    taken.accepted += answer.accepted;
    taken.deduplicated += answer.deduplicated;
    taken.received = answer.received;
    taken.isSealed = answer.isSealed;
    group = [];
    characters = 0;
  };
  for await (const line of lines) {
    group.push(acceptItem(line, batchId, env.now()));
    characters += line.text.length;
    if (group.length === GROUP_ITEMS || characters >= GROUP_CHARACTERS) await hand();
  }
  if (group.length > 0) await hand();
  if (taken.accepted + taken.deduplicated > 0) return taken;
  const { received, sealedAt } = await calls.retrieveBatch({ batchId });
  return { ...taken, received, isSealed: sealedAt !== undefined };
}

function acceptItem({ number, text }: Line, batchId: string, now: number): BatchItem {
  try {
    const { index, task, ...request } = accept("a batch item", line, JSON.parse(text));
    return { index, ...acceptTrigger(task, request, now) };
  } catch (error) {
    const problem = isPerdureError(error) ? `${error.code}: ${error.sentence}` : String((error as Error).message);
    throw perdureError(
      "BATCH_LINE_INVALID",
      { batchId, line: number, problem: problem.replace(/\.$/, "") },
      { cause: error },
    );
  }
}
