import { type Evidence, leaseOf, type Story, type Violation } from "../evidence.ts";
import { operationsOf } from "../operations.ts";

/** Two clocks that each drift by a twentieth, between two readings of the store's. */
const DRIFT = 0.12;
const READING_MS = 1_500;

/**
 * No wait ends before its time by the store's clock, be it in the store or in the code that waits. A worker knows that clock
 * by messages alone, and is early by as much as they were late.
 */
export function* checkWaits({ final, stories, runs, history }: Evidence): Iterable<Violation> {
  for (const { id, runId, kind, dueAt, completedAt } of final.waitpoints) {
    if (kind === "time" && dueAt !== undefined && completedAt !== undefined && completedAt < dueAt)
      yield broken(runId, `${id} was due at ${dueAt} and completed at ${completedAt}`);
  }
  const readingMs = history.slowestMs + READING_MS;
  for (const story of stories.values()) {
    const run = runs.get(story.runId);
    if (run === undefined) continue;
    for (const operation of operationsOf(run)) {
      if (operation.op === "wait") yield* checkLength(story, operation, undefined, readingMs);
      if (operation.op === "until") yield* checkLength(story, operation, run.createdAt, readingMs);
    }
  }
}

/** From when it was first asked for in its journal to when the code went on; `from` is given where the wait is until an instant. */
function* checkLength(
  story: Story,
  { at, ms }: { readonly at: string; readonly ms: number },
  from: number | undefined,
  readingMs: number,
): Iterable<Violation> {
  const askedAt = new Map<number, number>();
  for (const deed of story.deeds) {
    const { kind, place, storeNow, epoch } = deed;
    if (place !== at) continue;
    const lease = leaseOf(story, deed);
    if (lease === undefined || lease.isUndoing) continue;
    const { journal } = lease;
    if (kind === "wait asked" && !askedAt.has(journal)) askedAt.set(journal, storeNow);
    const began = from ?? askedAt.get(journal);
    if (kind !== "wait over" || began === undefined) continue;
    const shortMs = began + ms - storeNow;
    if (shortMs > ms * DRIFT + readingMs)
      yield broken(story.runId, `the wait of ${ms} ms at ${at} ended ${shortMs} ms early (epoch ${epoch})`);
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "waits last their time", runId, problem };
}
