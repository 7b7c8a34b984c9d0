import { isFinal } from "../../../src/core/run-state.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";

/** A run that ended badly has taken back every step that it owed that, the latest first. */
export function* checkUndos({ runs, entries, lines }: Evidence): Iterable<Violation> {
  for (const { id, task, status } of runs.values()) {
    const own = entries.get(id) ?? [];
    const undone = own.filter(({ kind }) => kind === "undo");
    if (status === "completed" && undone.length > 0) yield broken(id, "it is completed, and steps of it were undone");
    if (task !== "undone" || !isFinal(status)) continue;
    const owed = own.filter(({ kind }) => kind === "intent").reverse();
    const due = owed.map(({ seq }) => `undo:${seq}`).join(", ");
    const done = undone.map(({ key }) => key).join(", ");
    if (due !== done) yield broken(id, `it owed ${due} and did ${done}`);
    const deeds = lines.flatMap((line) => (line.kind === "undid" && line.run === id ? [line.step] : []));
    if (owed.length < 2 || !deeds.includes("pay") || deeds.lastIndexOf("pay") > deeds.indexOf("book"))
      yield broken(id, `it was undone so: ${deeds.join(" ")}`);
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "undone, latest first", runId, problem };
}
