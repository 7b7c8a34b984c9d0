import { literal } from "../literals.ts";
import { sql } from "../sql.ts";
import type { Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { planAppend, writeAppend } from "./append.ts";
import { takeIn } from "./change-metadata.ts";
import { LEAVES_QUARANTINE } from "./lanes.ts";
import { holdsLease, lockRun } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { transition } from "./transition.ts";
import { toBytes } from "./values.ts";

const NOTHING = literal("");

type Params = Parameters<StoreWrites["retryRun"]>[0];

export function* retryRun(
  params: Params,
  context: VerbContext,
): Statements<{ attempt: number } | Refused<"lease-lost">> {
  const { failure, dueAt } = params;
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    const done = yield* findTransition("retry", params);
    return done === undefined ? { refused: "lease-lost" } : { attempt: (done["attempt"] as number) + 1 };
  }
  const plan = yield* planAppend(params, run, params.append);
  if (plan.kind === "misfit") return { refused: "lease-lost" };
  const grown = yield* writeAppend(params, run, plan, context);
  yield* takeIn(params, run, context);
  const set = sql`
    attempt = attempt + 1, journal = journal + 1, metadata_base = metadata, active_ms = 0, barren_leases = 0,
    failure = ${toBytes(JSON.stringify(failure), context.seal)}, due_at = ${dueAt}, order_at = ${dueAt - run.priorityMs}
    ${params.memoryMb === undefined ? NOTHING : sql`, memory_mb = ${params.memoryMb}, alone = 1`}
    ${params.staysAlone ? NOTHING : params.memoryMb === undefined ? sql`, ${LEAVES_QUARANTINE}` : sql`, quarantined_at = null`}`;
  yield* transition("retry", params, [grown], { set, details: () => JSON.stringify({ failure, dueAt }) }, context.seal);
  return { attempt: run.attempt + 1 };
}
