import type { Entry } from "../core/entry.ts";
import { LIMITS } from "../core/limits.ts";
import type { Run } from "../core/run.ts";
import type { EngineDeps } from "./deps.ts";

/** Steps of a run in phase `undoing` that nobody has taken back: those still owed, and those whose undo was tried and failed. */
export async function listUndosMissing(deps: EngineDeps, run: Run): Promise<readonly string[]> {
  const { store, environmentId } = deps;
  const owed = await store.listOwedUndos({ environmentId, runId: run.id });
  const failed = await Promise.all((await listFailed(deps, run)).map((undo) => intentOf(deps, run, undo)));
  return [...failed, ...owed].map(({ key }) => key);
}

/** All undos of a run are recorded in its last journal. */
async function listFailed({ store, environmentId }: EngineDeps, run: Run): Promise<readonly Entry[]> {
  const limit = LIMITS.journal.pageEntries;
  const failed: Entry[] = [];
  for (let afterSeq = 0; ; ) {
    const page = await store.listEntries({ environmentId, runId: run.id, journal: run.journal, afterSeq, limit });
    failed.push(...page.filter(({ kind, outcome }) => kind === "undo" && outcome === "failed"));
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return failed;
    afterSeq = last.seq;
  }
}

/** The key of an undo ends with the number of the intent that it answers. */
async function intentOf({ store, environmentId }: EngineDeps, run: Run, undo: Entry): Promise<Entry> {
  const seq = Number(undo.key.slice("undo:".length));
  return (await store.findEntry({ environmentId, runId: run.id, seq })) ?? undo;
}
