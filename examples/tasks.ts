/**
 * What a task says about itself, what a trigger may add, and what a run can tell while it executes.
 * Run it with `node examples/tasks.ts`, after `npm run build`.
 */
import { AbortTaskRunError, metadata, step, tags, task } from "perdure";
import { createPerdure } from "perdure/embedded";

interface Video {
  id: string;
  seconds: number;
}

const convert = task({
  id: "convert-video",
  // Two at a time, whatever the number of workers.
  queue: { name: "videos", concurrencyLimit: 2 },
  retry: { maxAttempts: 5, minTimeoutInMs: 1_000, maxTimeoutInMs: 60_000, factor: 2 },
  // Seconds of executing time for one attempt; waits do not count.
  maxDuration: 600,
  run: async ({ id, seconds }: Video, { signal }) => {
    if (seconds === 0) throw new AbortTaskRunError(`Video ${id} is empty`); // no other attempt would help
    await tags.add(seconds > 60 ? "long" : "short");
    for (let part = 0; part < 3; part++) {
      await step.run("part", () => convertPart(id, part, signal), { key: part });
      metadata.set("progress", (part + 1) / 3);
    }
    return { url: `https://videos.example/${id}` };
  },
});

/** Stands for work that takes its time and can be told to end. */
async function convertPart(id: string, part: number, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  return `${id}-${part}`;
}

const perdure = await createPerdure({ db: ":memory:", tasks: [convert] });

const handle = await convert.trigger(
  { id: "v1", seconds: 90 },
  { idempotencyKey: "v1", tags: ["user_7"], priority: 10, ttl: "1h", metadata: { progress: 0 } },
);
const run = await perdure.runs.poll(handle);
console.log(`${run.status}: ${run.output?.url}, ${run.tags.join(" ")}, progress ${run.metadata?.["progress"]}`);

const later = await convert.trigger({ id: "v2", seconds: 0 }, { delay: "100ms" });
const failed = await perdure.runs.poll(later);
console.log(`${failed.status} in attempt ${failed.attemptCount}: ${failed.error?.message}`);

const { data } = await perdure.runs.list({ tag: "long", status: "completed" });
console.log(`${data.length} long video`);
await perdure.stop();
