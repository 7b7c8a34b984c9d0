import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";
import { orderOf } from "../kinds.ts";
import { OUTSIDE_KEY } from "../ways.ts";

/** What others changed in a run stands beside what its code did, once, however often the change was sent. */
export function* checkChanges({ runs, lines }: Evidence): Iterable<Violation> {
  for (const line of lines) {
    if (line.kind !== "accepted" || line.order < 0 || orderOf(line.order).way !== "changed from outside") continue;
    const run = runs.get(line.run);
    if (run === undefined) continue;
    const metadata = JSON.parse(run.metadata ?? "{}") as Readonly<Record<string, unknown>>;
    if (metadata[OUTSIDE_KEY] !== 1)
      yield broken(run.id, `its metadata counts ${String(metadata[OUTSIDE_KEY])} changes from outside, of one`);
    if (!run.tags.includes(OUTSIDE_KEY))
      yield broken(run.id, `the tag from outside is not among ${run.tags.join(" ")}`);
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "changes from outside count once", runId, problem };
}
