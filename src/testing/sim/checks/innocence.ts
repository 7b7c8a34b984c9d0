import type { Failure } from "../../../core/failure.ts";
import { type Evidence, type Story, stateBefore, transitionOf, type Violation } from "../evidence.ts";
import type { Commit } from "../history.ts";
import { operationsOf } from "../operations.ts";

/** Continuations in a row without an entry, the last one included, after which the last net takes anybody for poison. */
const NET = 3;

/** A run is not called crashed for what another did to the process that they shared. */
export function* checkInnocence({ history, runs, stories }: Evidence): Iterable<Violation> {
  for (const commit of history.commits) {
    const { runId, failure } = endOf(commit);
    const run = runId === undefined ? undefined : runs.get(runId);
    const story = runId === undefined ? undefined : stories.get(runId);
    if (failure?.code !== "CRASHED" || run === undefined || story === undefined) continue;
    if (commit.events.length === 0 || operationsOf(run).some(({ op }) => op === "poison")) continue;
    if (history.isPeaceful || isBlamedByPoison(history.poisoned, story, commit))
      yield { promise: "no innocent run crashes", runId: run.id, problem: `${commit.verb}: ${failure.message}` };
  }
}

function isBlamedByPoison(poisoned: ReadonlySet<string>, story: Story, commit: Commit): boolean {
  const epoch = stateBefore(story, commit)?.epoch;
  const worker = story.leases.find((lease) => lease.epoch === epoch)?.worker;
  const reaps = story.events.filter(({ event, commit: { seq } }) => transitionOf(event) === "reap" && seq < commit.seq);
  return worker !== undefined && poisoned.has(worker) && reaps.length < NET - 1;
}

function endOf({ params }: Commit): { readonly runId?: string; readonly failure?: Failure } {
  const { runId, failure, ending } = params as {
    readonly runId?: string;
    readonly failure?: Failure;
    readonly ending?: { readonly failure?: Failure };
  };
  const found = failure ?? ending?.failure;
  return { ...(runId === undefined ? {} : { runId }), ...(found === undefined ? {} : { failure: found }) };
}
