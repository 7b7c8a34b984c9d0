import type { LeaseKey } from "../core/run.ts";
import type { Append } from "../store/store.ts";
import { checkJournal } from "./check-journal.ts";
import { at, type EngineDeps } from "./deps.ts";
import { tellWaits } from "./tell-waits.ts";

export type Recorded = { readonly state: "recorded" } | { readonly state: "lost" } | { readonly state: "ended" };

/** Appends to the journal of a leased run, and ends the run when its journal has grown too large. */
export async function recordEntries(
  deps: EngineDeps,
  { runId, epoch, append }: LeaseKey & { readonly append: Append },
): Promise<Recorded> {
  const extent = await deps.store.appendEntries({ ...at(deps), runId, epoch, append });
  if ("refused" in extent) return { state: "lost" };
  tellWaits(deps, append);
  return { state: (await checkJournal(deps, { runId, epoch }, extent)) === "ended" ? "ended" : "recorded" };
}
