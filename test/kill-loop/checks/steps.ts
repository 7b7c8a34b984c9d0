import type { Entry } from "../../../src/core/entry.ts";
import { isLoss } from "../../../src/core/run-state.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Line } from "../../e2e/effects.ts";
import type { CommittedEvent, Evidence } from "../evidence.ts";
import { type Lease, leasesOf } from "../leases.ts";

type Began = Extract<Line, { readonly kind: "began" }>;

/** Two clocks of one machine: on Postgres instants are the database's, sampled. */
const SLACK_MS = { sqlite: 2, postgres: 250 };

/**
 * What is recorded is not executed again; what is executed again was caught by the end of its process, has the same idempotency
 * key, and is named in the run's story.
 */
export function* checkSteps({ entries, events, lines, runs, isPostgres }: Evidence): Iterable<Violation> {
  const leases = leasesOf(events);
  const begun = groupBegun(lines);
  const slackMs = isPostgres ? SLACK_MS.postgres : SLACK_MS.sqlite;
  for (const runId of runs.keys()) {
    const own = leases.get(runId) ?? [];
    const steps = begun.get(runId);
    if (steps === undefined) continue;
    const recorded = entries.get(runId) ?? [];
    for (const [step, executions] of steps) {
      yield* checkKeysOf(runId, step, executions);
      const records = recorded.filter(
        ({ kind, key, keptSeq }) => kind === "step" && nameOf(key) === step && keptSeq === undefined,
      );
      for (const record of records) {
        const until = endOfJournal(events, runId, record.journal);
        const again = executions.find(({ at }) => at > record.createdAt + slackMs && at < until - slackMs);
        if (again !== undefined)
          yield broken(
            runId,
            `${step} was recorded as entry ${record.seq}, and process ${again.life} executed it again`,
          );
      }
      yield* checkRepeats(runId, step, executions, records, own);
    }
  }
}

/** An effect that comes twice comes under one key. */
function* checkKeysOf(runId: string, step: string, executions: readonly Began[]): Iterable<Violation> {
  const keys = new Set(executions.map(({ key }) => key));
  if (keys.size > 1) yield broken(runId, `${step} has the idempotency keys ${[...keys].join(", ")}`);
}

function* checkRepeats(
  runId: string,
  step: string,
  executions: readonly Began[],
  records: readonly Entry[],
  leases: readonly Lease[],
): Iterable<Violation> {
  const cut = leases.filter(({ end, isCrash }) => isCrash || isLoss(end) || end === "run.released").length;
  const extra = executions.length - Math.max(1, records.length);
  // A run that is canceled in a step, or ends otherwise while one is under way, leaves it without a record.
  if (extra > cut)
    yield broken(
      runId,
      `${step} was executed ${executions.length} times, ${records.length} of them recorded, and its process ended ${cut} times`,
    );
  for (const { epoch, seq } of records) {
    const lease = leases.find((one) => one.epoch === epoch);
    const before = leases.filter((one) => one.epoch < epoch && one.end !== "run.released").at(-1);
    if (lease === undefined || before === undefined || !isLoss(before.end)) continue;
    const wasCaught = executions.some(({ at }) => at >= before.startedAt && at < lease.startedAt);
    const isNamed = lease.notes.some(({ kind, details }) => kind === "step.uncertain" && isOf(details, step));
    if (wasCaught && !isNamed)
      yield broken(runId, `${step}, recorded as entry ${seq}, was executed twice, and no step.uncertain names it`);
  }
}

function isOf(details: string | undefined, step: string): boolean {
  // It is written for people: step "charge" with key "42".
  return details !== undefined && String((JSON.parse(details) as { step?: string }).step).includes(`"${step}"`);
}

/** When the next journal began. */
function endOfJournal(events: readonly CommittedEvent[], runId: string, journal: number): number {
  let current = 1;
  for (const event of events) {
    if (event.runId !== runId || (event.kind !== "run.retrying" && event.kind !== "run.restarted")) continue;
    if (current === journal) return event.at;
    current++;
  }
  return Number.POSITIVE_INFINITY;
}

function groupBegun(lines: readonly Line[]): ReadonlyMap<string, ReadonlyMap<string, readonly Began[]>> {
  const runs = new Map<string, Map<string, Began[]>>();
  for (const line of lines) {
    if (line.kind !== "began") continue;
    const steps = runs.get(line.run) ?? new Map<string, Began[]>();
    runs.set(line.run, steps);
    steps.set(line.step, [...(steps.get(line.step) ?? []), line]);
  }
  return runs;
}

/** `step:a/a#1` → `a`. */
function nameOf(key: string): string {
  return key.replace(/^\w+:/, "").replace(/[/#].*$/, "");
}

function broken(runId: string, problem: string): Violation {
  return { promise: "no recorded step again", runId, problem };
}
