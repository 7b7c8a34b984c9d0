import type { Run } from "../../../src/core/run.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";
import { RESET } from "../ways.ts";

/** An idempotency key leads to one run, until that has failed. */
export function* checkKeys({ runs }: Evidence): Iterable<Violation> {
  const byKey = new Map<string, Run[]>();
  for (const run of runs.values()) {
    if (run.idempotencyKey === undefined) continue;
    // Inside a run a key counts within that run.
    const name = `${run.parentRunId ?? ""} ${run.task} ${run.idempotencyKey}`;
    byKey.set(name, [...(byKey.get(name) ?? []), run]);
  }
  for (const [name, owners] of byKey) {
    const healthy = owners.filter(({ status }) => status !== "failed");
    if (healthy.length > (name.endsWith(` ${RESET}`) ? 2 : 1))
      yield {
        promise: "one run for a key",
        runId: healthy[0]?.id ?? "",
        problem: `the key${name} has ${healthy.map(({ id }) => id).join(" and ")}`,
      };
  }
}
