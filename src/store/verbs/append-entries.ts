import type { JournalSize, Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { isWritten, planAppend, writeAppend } from "./append.ts";
import { holdsLease, type LockedRun, lockRun } from "./lock-runs.ts";

type Params = Parameters<StoreWrites["appendEntries"]>[0];

export function* appendEntries(params: Params, context: VerbContext): Statements<JournalSize | Refused<"lease-lost">> {
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    return run !== undefined && (yield* isWritten(params, run.id, params.append))
      ? journalSize(run)
      : { refused: "lease-lost" };
  }
  const plan = yield* planAppend(params, run, params.append);
  if (plan.kind === "misfit") return { refused: "lease-lost" };
  return journalSize(yield* writeAppend(params, run, plan, context));
}

export function journalSize({ entrySeq, journalBytes }: LockedRun): JournalSize {
  return { entrySeq, journalBytes };
}
