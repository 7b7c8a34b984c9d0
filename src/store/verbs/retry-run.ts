import { literal } from "../literals.ts";
import { type Sql, sql } from "../sql.ts";
import type { StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { planAppend, writeAppend } from "./append.ts";
import { takeIn } from "./change-metadata.ts";
import { dropEffect, dropRecords, dropsRecords } from "./drop-entries.ts";
import { LEAVES_QUARANTINE } from "./lanes.ts";
import { holdsLease, type LockedRun, lockRun } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { transition } from "./transition.ts";
import { toBytes } from "./values.ts";

const NOTHING = literal("");

type Params = Parameters<StoreWrites["retryRun"]>[0];

export function* retryRun(params: Params, context: VerbContext): Statements<ReturnType<StoreWrites["retryRun"]>> {
  const { failure, dueAt, resumeBefore } = params;
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    const done = yield* findTransition("retry", params);
    return done === undefined ? { refused: "lease-lost" } : { attempt: (done["attempt"] as number) + 1 };
  }
  const plan = yield* planAppend(params, run, params.append);
  if (plan.kind === "misfit") return { refused: "lease-lost" };
  const grown = yield* writeAppend(params, run, plan, context);
  if (resumeBefore === undefined) yield* takeIn(params, run, context);
  const set = sql`
    attempt = attempt + 1, active_ms = 0, barren_leases = 0, ${resumeBefore === undefined ? freshJournal(grown) : NOTHING}
    failure = ${toBytes(JSON.stringify(failure), context.seal)}, due_at = ${dueAt}, order_at = ${dueAt - run.priorityMs}
    ${params.memoryMb === undefined ? NOTHING : sql`, memory_mb = ${params.memoryMb}, alone = 1`}
    ${params.staysAlone ? NOTHING : params.memoryMb === undefined ? sql`, ${LEAVES_QUARANTINE}` : sql`, quarantined_at = null`}`;
  const details = () => JSON.stringify({ failure, dueAt, resumeBefore });
  yield* transition("retry", params, [grown], { set, details }, context.seal);
  const unreferencedBlobs = yield* dropBefore(params, grown);
  return { attempt: run.attempt + 1, ...(unreferencedBlobs.length === 0 ? {} : { unreferencedBlobs }) };
}

function freshJournal(run: LockedRun): Sql {
  return sql`journal = journal + 1, metadata_base = metadata, ${dropsRecords(run) ? sql`automatic = 0,` : NOTHING}`;
}

/** What the next attempt must not find. */
function* dropBefore(params: Params, run: LockedRun): Statements<readonly string[]> {
  if (params.resumeBefore !== undefined) return yield* dropEffect(params, run, params.resumeBefore);
  return dropsRecords(run) ? yield* dropRecords(params, run) : [];
}
