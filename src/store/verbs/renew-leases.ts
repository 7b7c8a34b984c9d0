import { rows, sql } from "../sql.ts";
import type { StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";
import { holdsLease, lockRuns } from "./lock-runs.ts";

type Params = Parameters<StoreWrites["renewLeases"]>[0];
type Renewed = ReturnType<StoreWrites["renewLeases"]>;

export function* renewLeases({ environmentId, now, leases, leaseMs }: Params): Statements<Renewed> {
  const runs = new Map(
    (yield* lockRuns(
      environmentId,
      leases.map(({ runId }) => runId),
    )).map((run) => [run.id, run]),
  );
  const renewed = leases.map(({ runId, epoch }) => {
    const run = runs.get(runId);
    const held = holdsLease(run, { epoch });
    // A run that takes back what it did ends by that: its cancellation is no reason to stop it.
    return { runId, held, cancelRequested: held && run.isCancelRequested && run.phase === "running" };
  });
  const held = renewed.filter((lease) => lease.held).map(({ runId }) => ({ run_id: runId }));
  if (held.length > 0) {
    yield sql`
      update runs set lease_until = ${now + leaseMs}
      where environment_id = ${environmentId}
        and id in (select run_id from ${rows(held, { run_id: "text" })} as held)`;
  }
  return renewed;
}
