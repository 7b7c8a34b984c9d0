import type { CreatedRun, NewRun } from "../../../store/index.ts";
import type { Evidence, Violation } from "../evidence.ts";
import type { Commit } from "../history.ts";

interface Owner {
  readonly runId: string;
  readonly until: number;
}

/** While an idempotency key is valid, it leads to one run: neither is a second made nor the first one forgotten. */
export function* checkKeys({ history, events }: Evidence): Iterable<Violation> {
  const owners = new Map<string, Owner>();
  const made = new Set<string>();
  const failed = new Set<string>();
  let told = 0;
  for (const commit of history.commits) {
    for (const { asked, got } of askedOf(commit)) {
      const key = `${asked.task} ${asked.idempotencyKey}`;
      if (asked.idempotencyKey === undefined || made.has(asked.id)) continue;
      const owner = owners.get(key);
      const isValid = owner !== undefined && owner.until > commit.now && !failed.has(owner.runId);
      if (isValid && got.id !== owner.runId)
        yield broken(got.id, `${key} led to it although ${owner.runId} has that key`);
      if (!isValid && got.id !== asked.id) yield broken(got.id, `${key} led to it although it had that key no more`);
      if (got.isCached !== (got.id !== asked.id)) yield broken(got.id, `isCached is ${got.isCached} for ${key}`);
      if (!isValid) owners.set(key, { runId: got.id, until: asked.idempotentUntil ?? Number.POSITIVE_INFINITY });
    }
    for (; events[told]?.commit.seq === commit.seq; told++) {
      const { event } = events[told] as (typeof events)[number];
      if (event.kind === "run.created") made.add(event.runId);
      if (event.kind === "run.failed") failed.add(event.runId);
    }
  }
}

/** A verb that made nothing has only answered from what was there. */
function askedOf({ verb, params, result, events }: Commit): readonly { asked: NewRun; got: CreatedRun }[] {
  const { created } = result as { created?: readonly CreatedRun[] };
  const isRepeat = !events.some(({ kind }) => kind === "run.created");
  if (verb !== "createRuns" || created === undefined) return [];
  const { runs, parent } = params as { runs: readonly NewRun[]; parent?: object };
  if (isRepeat && parent !== undefined) return [];
  return runs.flatMap((asked, i) => {
    const got = created[i];
    return got === undefined ? [] : [{ asked, got }];
  });
}

function broken(runId: string, problem: string): Violation {
  return { promise: "one run for a key", runId, problem };
}
