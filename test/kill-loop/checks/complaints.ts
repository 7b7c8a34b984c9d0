import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";

/** No process met with a defect of ours, ended by itself, or was left over. */
export function* checkComplaints({ complaints }: Evidence): Iterable<Violation> {
  for (const problem of complaints) yield { promise: "no defect and no leftover", problem };
}
