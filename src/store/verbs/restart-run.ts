import { isFinal, type RunStatus } from "../../core/run-state.ts";
import { sql } from "../sql.ts";
import type { Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { takeIn } from "./change-metadata.ts";
import { completeHold } from "./hold-run.ts";
import { LEAVES_QUARANTINE } from "./lanes.ts";
import { lockRun } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { transition } from "./transition.ts";

type Params = Parameters<StoreWrites["restartRun"]>[0];

export function* restartRun(
  params: Params,
  context: VerbContext,
): Statements<{ status: RunStatus } | Refused<"lease-lost" | "not-held" | "already-final">> {
  const run = yield* lockRun(params);
  if (run === undefined) return { refused: "lease-lost" };
  if (yield* findTransition("restart", params)) return { status: run.status };
  if (isFinal(run.status)) return { refused: "already-final" };
  if (run.epoch !== params.epoch) return { refused: "lease-lost" };
  if (run.status !== "executing" && !run.isHeld) return { refused: "not-held" };
  yield* takeIn(params, run, context);
  const set = sql`
    journal = journal + 1, metadata_base = metadata, due_at = ${params.now}, active_ms = 0, barren_leases = 0,
    ${LEAVES_QUARANTINE}`;
  yield* transition("restart", params, [run], { set, details: () => params.details }, context.seal);
  if (run.isHeld) yield* completeHold(params, run.id);
  return { status: "queued" };
}
