import { decodeValue } from "../../../core/codec.ts";
import type { Run } from "../../../core/run.ts";
import { isFinal } from "../../../core/run-state.ts";
import type { Evidence, Violation } from "../evidence.ts";
import type { Commit } from "../history.ts";
import type { ChildSeen } from "../program.ts";

/** One entry of a journal makes its children once, and who waits for them sees what really became of them. */
export function* checkChildren({ history, stories, runs }: Evidence): Iterable<Violation> {
  const makers = new Map<string, Commit>();
  for (const commit of history.commits) {
    const key = entryOf(commit);
    if (key === undefined || !commit.events.some(({ kind }) => kind === "run.created")) continue;
    const journal = stories.get(key.runId)?.leases.find(({ epoch }) => epoch === key.epoch)?.journal;
    const name = `${key.runId} ${journal} ${key.entryKey}`;
    const maker = makers.get(name);
    const isResumed = stories
      .get(key.runId)
      ?.drops.some((drop) => drop.key === key.entryKey && drop.journal === journal);
    if (maker !== undefined && isResumed !== true)
      yield broken(key.runId, `${key.entryKey} made children in commit ${maker.seq} and again in ${commit.seq}`);
    makers.set(name, commit);
  }
  for (const { runId, deeds } of stories.values()) {
    for (const { kind, seen, place, afterCommit } of deeds) {
      if (kind !== "child seen") continue;
      for (const child of seen as readonly ChildSeen[]) {
        const problem = problemOf(child, runs.get(child.id));
        if (problem !== undefined) yield broken(runId, `at ${place} it saw ${child.id} ${problem}`);
        const end = stories.get(child.id)?.events.at(-1);
        if (end === undefined || !isFinal(end.after.status) || end.commit.seq > afterCommit)
          yield broken(runId, `at ${place} it saw the end of ${child.id} before that had ended`);
      }
    }
  }
}

function problemOf(seen: ChildSeen, run: Run | undefined): string | undefined {
  if (run === undefined) return "which is not there";
  if (seen.ok !== (run.status === "completed")) return `${seen.ok ? "complete" : "fail"}, and it is ${run.status}`;
  if (seen.ok) {
    const output = run.output === undefined ? undefined : decodeValue(run.output);
    return same(seen.output, output) ? undefined : "return something else than it did";
  }
  if (run.failure === undefined) return seen.error?.includes(run.status) ? undefined : `fail of ${seen.error}`;
  return seen.error === run.failure.message ? undefined : `fail of ${seen.error}, and it was ${run.failure.message}`;
}

function entryOf({ verb, params }: Commit): { runId: string; epoch: number; entryKey: string } | undefined {
  const { parent } = params as {
    parent?: { runId: string; epoch: number; waitpoint?: { entryKey: string }; triggerKey?: string };
  };
  const entryKey = parent?.waitpoint?.entryKey ?? parent?.triggerKey;
  if (verb !== "createRuns" || parent === undefined || entryKey === undefined) return undefined;
  return { runId: parent.runId, epoch: parent.epoch, entryKey };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function broken(runId: string, problem: string): Violation {
  return { promise: "children once and as they are", runId, problem };
}
