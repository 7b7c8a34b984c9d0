import { isDeepStrictEqual } from "node:util";
import type { Run } from "../../../src/core/run.ts";
import { isFinal } from "../../../src/core/run-state.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import { decodedOf, type Evidence } from "../evidence.ts";
import { type End, endOfChild, orderOf } from "../kinds.ts";

/** Each run came to the end that its order says, by its own code and in as many attempts as that needs. */
export function* checkEnds(evidence: Evidence): Iterable<Violation> {
  const orders = new Map(
    evidence.lines.flatMap((line) => (line.kind === "accepted" ? [[line.run, line.order] as const] : [])),
  );
  for (const run of evidence.runs.values()) {
    if (!isFinal(run.status)) continue;
    const end = endOf(run, orders.get(run.id), evidence.ends);
    if (end === undefined) yield broken(run.id, `nobody ordered it (${run.task})`);
    else if (!hasEnded(run, end)) yield broken(run.id, `it should be ${said(end)}, and is ${describe(run)}`);
  }
  for (const { runId, kind, attempt, details = "" } of evidence.events) {
    const isInnocent = evidence.runs.get(runId)?.task !== "poison";
    if (isInnocent && /^run\.(retrying|failed|undoing)$/.test(kind) && details.includes('"crashed"'))
      yield {
        promise: "no innocent run crashes",
        runId,
        problem: `${kind} of attempt ${attempt}, for a process that died`,
      };
  }
}

/** An order without a key may have been placed twice, and the first of the two runs was told to nobody. */
function endOf(run: Run, order: number | undefined, ends: ReadonlyMap<number, End>): End | undefined {
  const payload = decodedOf(run.payload);
  if (run.parentRunId !== undefined) return endOfChild(run.task, payload);
  const n = order ?? numberIn(payload);
  const known = ends.get(n);
  if (known !== undefined) return known;
  const placed = n >= 0 ? orderOf(n) : undefined;
  return placed?.task === run.task ? placed.end : undefined;
}

function numberIn(payload: unknown): number {
  return typeof payload === "number" ? payload : Number((payload as { readonly n?: unknown }).n);
}

function hasEnded(run: Run, end: End): boolean {
  if (run.status !== end.status) return false;
  if (end.status === "completed") return isDeepStrictEqual(decodedOf(run.output), end.output);
  return end.status !== "failed" || (run.failure?.message.includes(end.message) ?? false);
}

function said(end: End): string {
  return JSON.stringify(end).slice(0, 200);
}

function describe({ status, output, failure }: Run): string {
  return `${status} ${String(JSON.stringify(decodedOf(output))).slice(0, 200)} ${failure?.code ?? ""} ${failure?.message ?? ""}`;
}

function broken(runId: string, problem: string): Violation {
  return { promise: "each run ends as it must", runId, problem };
}
