import type { EntryKind } from "../../../core/entry.ts";
import { follows, type Under, underLease } from "../answers.ts";
import type { Evidence, Story, Violation } from "../evidence.ts";
import { operationsOf } from "../operations.ts";
import type { Look } from "../perform-effects.ts";
import type { Operation } from "../program.ts";

/** What is on disk only when what the code did before is. */
const AFTERWARDS: ReadonlySet<EntryKind> = new Set(["intent", "step", "sent", "request", "head", "end"]);
/** Reads ride with the entry that its worker adds next: beside other code that may be one of a later stretch, and a trigger's is the node's. */
const MOVES_READS: ReadonlySet<Operation["op"]> = new Set(["all", "race", "twins", "stream", "work", "note", "fire"]);

/**
 * Whoever has seen the same draws the same: bytes in every attempt, numbers in every process of one, and nothing twice. The clock
 * shows again what it showed before something that is on disk, and never goes back.
 */
export function* checkLooks({ stories, runs }: Evidence): Iterable<Violation> {
  for (const story of stories.values()) {
    const looks = underLease<Look>(story, "look");
    yield* checkChance(story, looks);
    const operations = operationsOf(runs.get(story.runId) ?? {});
    if (story.drops.length > 0 || operations.some(movesReads)) continue;
    yield* checkReads(story, looks);
    yield* checkCourse(story, looks);
  }
}

function* checkChance(story: Story, looks: readonly Under<Look>[]): Iterable<Violation> {
  const drawn = new Map<string, string | number>();
  const places = new Map<string, string>();
  for (const { deed, seen } of looks) {
    const { place, execution, attempt } = deed;
    const { before, bytes, number } = seen;
    for (const [name, value] of [
      [`bytes at ${place} after ${before}`, bytes],
      [`number at ${place} after ${before} in attempt ${attempt}`, number],
    ] as const) {
      const first = drawn.get(name) ?? value;
      drawn.set(name, first);
      if (first !== value) yield broken(story, `${name}: ${first}, and ${value} in epoch ${deed.epoch}`);
    }
    const other = places.get(`${execution} ${bytes}`) ?? place;
    places.set(`${execution} ${bytes}`, other);
    if (other !== place) yield broken(story, `it drew the same bytes at ${other} and at ${place}`);
  }
}

function* checkCourse(story: Story, looks: readonly Under<Look>[]): Iterable<Violation> {
  const latest = new Map<number, number>();
  for (const { deed, seen } of looks) {
    const last = latest.get(deed.execution) ?? 0;
    latest.set(deed.execution, seen.monotonic);
    if (seen.monotonic < last)
      yield broken(story, `its clock went from ${last} to ${seen.monotonic} at ${deed.place} (epoch ${deed.epoch})`);
  }
}

function* checkReads(story: Story, looks: readonly Under<Look>[]): Iterable<Violation> {
  for (const first of looks) {
    const next = story.entries.find(
      ({ entry, commit }) =>
        entry.epoch === first.lease.epoch &&
        commit.seq > first.deed.afterCommit &&
        entry.keptSeq === undefined &&
        AFTERWARDS.has(entry.kind),
    );
    if (next === undefined) continue;
    for (const again of looks)
      if (isAgain(first, again) && follows(story, again, next) && readsOf(first) !== readsOf(again))
        yield broken(story, `its clocks showed ${readsOf(first)} at ${first.deed.place}, and then ${readsOf(again)}`);
  }
}

function isAgain(first: Under<Look>, again: Under<Look>): boolean {
  return again.deed.place === first.deed.place && again.seen.before === first.seen.before;
}

function readsOf({ seen: { now, monotonic } }: Under<Look>): string {
  return `${now} and ${monotonic}`;
}

function movesReads(operation: Operation): boolean {
  return MOVES_READS.has(operation.op) || "patienceMs" in operation;
}

function broken({ runId }: Story, problem: string): Violation {
  return { promise: "chance and clocks are the run's", runId, problem };
}
