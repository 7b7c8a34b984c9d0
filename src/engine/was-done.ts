import type { RunEventKind } from "../core/run-state.ts";
import type { EngineDeps } from "./deps.ts";

const EVENTS_PAGE = 500;

/** True when the run's story has a line of this kind that this very request left there: its answer was lost, and it came again. */
export async function wasDone(
  { store, environmentId }: EngineDeps,
  runId: string,
  kind: RunEventKind,
  requestKey: string | undefined,
): Promise<boolean> {
  if (requestKey === undefined) return false;
  for (let afterSeq = 0; ; ) {
    const events = await store.listRunEvents({ environmentId, runId, afterSeq, limit: EVENTS_PAGE });
    if (events.some((event) => event.kind === kind && keyIn(event.details) === requestKey)) return true;
    const last = events.at(-1);
    if (last === undefined || events.length < EVENTS_PAGE) return false;
    afterSeq = last.seq;
  }
}

/** Of other lines the details may be plain text. */
function keyIn(details: string | undefined): unknown {
  if (!details?.startsWith("{")) return undefined;
  return (JSON.parse(details) as { readonly requestKey?: unknown }).requestKey;
}
