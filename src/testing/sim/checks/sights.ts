import { cutOff, follows, type Under, underLease } from "../answers.ts";
import type { Evidence, Story, Violation, Written } from "../evidence.ts";
import { operationsOf } from "../operations.ts";
import type { Sight } from "../perform.ts";
import { type Operation, recordsEffects, stepKeyOf } from "../program.ts";

/** Events of continuations whose code asks something else than its journal holds. Code that is always the same never does, unless it is held up by what nobody records. */
const DIFFERENCES: ReadonlySet<string> = new Set(["replay.stepped-over", "replay.request-differs", "effect.ambiguous"]);

/**
 * What code has seen before something that its journal holds, the values and their order, is what every continuation sees
 * before it comes to it again.
 */
export function* checkSights({ stories, runs }: Evidence): Iterable<Violation> {
  for (const story of stories.values()) {
    const run = runs.get(story.runId);
    if (run === undefined || !recordsEffects(run.task)) continue;
    const operations = operationsOf(run);
    const isRecorded = !operations.some(({ op }) => op === "work");
    for (const { event, commit } of story.events)
      if (isRecorded && DIFFERENCES.has(event.kind))
        yield broken(story, `${event.kind} in commit ${commit.seq} (epoch ${event.epoch})`);
    const isOrdered = isRecorded && !operations.some(({ op }) => op === "note");
    const sights = underLease<Sight>(story, "sight");
    for (const operation of operations)
      if (operation.op === "step") yield* checkStep(story, sights, operation, isOrdered);
  }
}

function* checkStep(
  story: Story,
  sights: readonly Under<Sight>[],
  { at, key }: Extract<Operation, { op: "step" }>,
  isOrdered: boolean,
): Iterable<Violation> {
  const here = sights.filter(({ deed }) => deed.place === at);
  for (const written of story.entries) {
    const { entry, commit } = written;
    if (entry.kind !== "step" || entry.key !== stepKeyOf(at, key) || entry.keptSeq !== undefined) continue;
    const first = here.findLast(({ lease, deed }) => lease.epoch === entry.epoch && deed.afterCommit < commit.seq);
    if (first === undefined || isAfterDropped(story, written)) continue;
    const isComparable = isOrdered && !isAfterCutOff(story, written);
    for (const again of here) {
      if (!follows(story, again, written)) continue;
      const which = `at ${at} of entry ${entry.seq} (epoch ${entry.epoch} and then ${again.deed.epoch})`;
      if (again.seen.trail !== first.seen.trail) yield broken(story, `its branch has come to something else ${which}`);
      else if (isComparable && again.seen.sight !== first.seen.sight)
        yield broken(story, `it has seen something else, or in another order, ${which}`);
    }
  }
}

/** A stream that was cut off is asked for again from its start, and comes at another pace. */
function isAfterCutOff(story: Story, { entry, commit }: Written): boolean {
  return cutOff(story).some(
    (head) => head.entry.journal === entry.journal && head.commit.seq <= commit.seq && head.entry.seq < entry.seq,
  );
}

/** What was recorded after the effect at which an attempt failed follows from an effect that the next attempt does without. */
function isAfterDropped({ drops, entries }: Story, { entry, commit }: Written): boolean {
  return drops.some(
    (drop) =>
      drop.journal === entry.journal &&
      drop.commit.seq >= commit.seq &&
      entries.some((other) => other.entry.key === drop.key && other.entry.seq < entry.seq),
  );
}

function broken({ runId }: Story, problem: string): Violation {
  return { promise: "a continuation sees what was seen", runId, problem };
}
