import { isFinal } from "../../core/run-state.ts";
import { literal } from "../literals.ts";
import { sql } from "../sql.ts";
import type { StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { takeIn } from "./change-metadata.ts";
import { dropRecords, dropsRecords } from "./drop-entries.ts";
import { completeHold } from "./hold-run.ts";
import { LEAVES_QUARANTINE } from "./lanes.ts";
import { lockRun } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { transition } from "./transition.ts";

const NOTHING = literal("");

type Params = Parameters<StoreWrites["restartRun"]>[0];

export function* restartRun(params: Params, context: VerbContext): Statements<ReturnType<StoreWrites["restartRun"]>> {
  const run = yield* lockRun(params);
  if (run === undefined) return { refused: "lease-lost" };
  if (yield* findTransition("restart", params)) return { status: run.status };
  if (isFinal(run.status)) return { refused: "already-final" };
  if (run.epoch !== params.epoch) return { refused: "lease-lost" };
  if (run.status !== "executing" && !run.isHeld) return { refused: "not-held" };
  yield* takeIn(params, run, context);
  const set = sql`
    journal = journal + 1, metadata_base = metadata, due_at = ${params.now}, active_ms = 0, barren_leases = 0,
    ${LEAVES_QUARANTINE} ${dropsRecords(run) ? sql`, automatic = 0` : NOTHING}`;
  yield* transition("restart", params, [run], { set, details: () => params.details }, context.seal);
  if (run.isHeld) yield* completeHold(params, run.id);
  const unreferencedBlobs = dropsRecords(run) ? yield* dropRecords(params, run) : [];
  return { status: "queued", ...(unreferencedBlobs.length === 0 ? {} : { unreferencedBlobs }) };
}
