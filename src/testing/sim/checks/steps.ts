import type { EntryKind } from "../../../core/entry.ts";
import { type Evidence, isDropped, type Story, type Violation, type Written } from "../evidence.ts";
import { operationsOf } from "../operations.ts";
import { stepKeyOf } from "../program.ts";

/** Of one effect there may be several: a step whose intent is there already is begun again by the next process, and says so. */
const SEVERAL: ReadonlySet<EntryKind> = new Set(["intent", "body"]);

/** A journal has each result once, and what it has is not executed again by whoever was given the run afterwards. */
export function* checkSteps({ stories, runs }: Evidence): Iterable<Violation> {
  for (const story of stories.values()) {
    const run = runs.get(story.runId);
    if (run === undefined) continue;
    const recorded = new Map<string, Written>();
    for (const written of story.entries) {
      const { journal, kind, key, seq } = written.entry;
      if (SEVERAL.has(kind) || key.startsWith("timer:every ")) continue;
      const name = `${journal} ${kind} ${key}`;
      const known = recorded.get(name);
      if (known !== undefined && !isDropped(story, known, written.commit.seq))
        yield broken(story.runId, `${kind} ${key} was recorded a second time, as entry ${seq}`);
      recorded.set(name, written);
    }
    yield* checkNumbers(story);
    const keys = new Map(
      operationsOf(run).flatMap((operation) =>
        operation.op === "step" ? [[operation.at, stepKeyOf(operation.at, operation.key)]] : [],
      ),
    );
    for (const { kind, place, epoch, afterCommit, worker } of story.deeds) {
      if (kind !== "step" && kind !== "undo") continue;
      const lease = story.leases.find((one) => one.epoch === epoch);
      if (lease === undefined) {
        yield broken(story.runId, `${worker} did the ${kind} ${place} without a lease`);
        continue;
      }
      if ((kind === "undo") !== lease.isUndoing)
        yield broken(
          story.runId,
          `${worker} did the ${kind} ${place} ${lease.isUndoing ? "while undoing" : "before its end"}`,
        );
      if (kind === "undo") continue;
      const known = recorded.get(`${lease.journal} step ${keys.get(place)}`);
      if (known === undefined || isDropped(story, known, afterCommit + 1)) continue;
      const isOwn = known.entry.epoch === epoch && known.commit.seq <= afterCommit;
      if (isOwn || known.commit.seq < lease.from)
        yield broken(story.runId, `${worker} executed ${place} again, recorded as entry ${known.entry.seq}`);
    }
  }
}

function* checkNumbers({ runId, entries }: Story): Iterable<Violation> {
  for (const [i, { entry }] of entries.entries()) {
    if (entry.seq !== i + 1) yield broken(runId, `entry ${i + 1} has number ${entry.seq}`);
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "recorded once", runId, problem };
}
