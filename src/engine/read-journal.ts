import type { Continuation, Entry, Waitpoint } from "../core/entry.ts";
import { LIMITS } from "../core/limits.ts";
import { LOSS_EVENTS } from "../core/run-state.ts";
import type { StoreReads } from "../store/store.ts";
import type { EngineDeps } from "./deps.ts";
import { type ShowJournal, showJournal } from "./show-journal.ts";

type StepKeys = ReturnType<StoreReads["listStepKeys"]>;
type Children = ReturnType<StoreReads["listChildren"]>;

/** What a worker reads to continue a run, and what people see of that. A worker's pages end when one comes back empty. */
export function journalReads(deps: EngineDeps) {
  const { store, environmentId } = deps;
  return {
    showJournal: (asked: ShowJournal) => showJournal(deps, asked),
    readEntries: (page: {
      readonly runId: string;
      readonly journal: number;
      readonly afterSeq: number;
    }): Promise<readonly Entry[]> => {
      const { pageEntries: limit, pageCharacters: maxCharacters } = LIMITS.journal;
      return store.listEntries({ environmentId, ...page, limit, maxCharacters });
    },
    async readContinuation(of: { readonly runId: string; readonly journal: number }): Promise<Continuation> {
      const journal = { environmentId, ...of };
      const [placed, unanswered] = await Promise.all([store.listPlacedEntries(journal), store.listUnanswered(journal)]);
      return { placed, unanswered };
    },
    readEntry: (place: { readonly runId: string; readonly seq: number }): Promise<Entry | undefined> =>
      store.findEntry({ environmentId, ...place }),
    readStepKeys: (run: { readonly runId: string; readonly beforeJournal: number }): Promise<StepKeys> =>
      store.listStepKeys({ environmentId, ...run }),
    readOwedUndos: (run: { readonly runId: string }): Promise<readonly Entry[]> =>
      store.listOwedUndos({ environmentId, ...run }),
    readWaitpoints: (run: { readonly runId: string; readonly journal: number }): Promise<readonly Waitpoint[]> =>
      store.listWaitpoints({ environmentId, ...run }),
    /** Of all ways in which a lease ends and its journal goes on, the one in which the worker knows that it comes. */
    async wasParked({ runId }: { readonly runId: string }): Promise<boolean> {
      const kinds = ["run.parked", "run.released", ...LOSS_EVENTS] as const;
      return (await store.findLastEvent({ environmentId, runId, kinds }))?.kind === "run.parked";
    },
    readChildren: (of: { readonly waitpointId: string }): Promise<Children> =>
      store.listChildren({ environmentId, ...of }),
  };
}
