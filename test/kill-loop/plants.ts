/** Broken promises put into evidence on purpose, to see whether the verdict finds them: it must be able to fail. */
import { ALERT_TASK } from "../../src/core/alerts.ts";
import type { Entry } from "../../src/core/entry.ts";
import type { Run } from "../../src/core/run.ts";
import type { Line } from "../e2e/effects.ts";
import type { CommittedEvent, Evidence } from "./evidence.ts";
import { orderOf } from "./kinds.ts";
import { OUTSIDE_KEY } from "./ways.ts";

export interface Plant {
  readonly name: string;
  /** The promise that it breaks. */
  readonly breaks: string;
  plant(evidence: Evidence): Evidence;
}

export const PLANTS: readonly Plant[] = [
  {
    name: "an accepted run is lost",
    breaks: "accepted runs end once",
    plant: (evidence) => withoutRun(evidence, acceptedRun(evidence)),
  },
  { name: "a run ends twice", breaks: "accepted runs end once", plant: endTwice },
  { name: "a lease keeps the epoch", breaks: "one owner", plant: keepEpoch },
  { name: "an entry of somebody who lost the run", breaks: "recorded once", plant: writeUnfenced },
  { name: "an entry is lost", breaks: "recorded once", plant: loseEntry },
  { name: "a lost process costs an attempt", breaks: "attempts are counted", plant: countAttempt },
  { name: "a queue is filled beyond its limit", breaks: "queue limits", plant: fillQueue },
  { name: "a key leads to two runs", breaks: "one run for a key", plant: doubleKey },
  { name: "a recorded step is executed again", breaks: "no recorded step again", plant: repeatStep },
  { name: "a repeated effect has another key", breaks: "no recorded step again", plant: changeKey },
  { name: "a repeated step is not named", breaks: "no recorded step again", plant: forgetUncertain },
  { name: "an undo is left out", breaks: "undone, latest first", plant: loseUndo },
  { name: "a child is started twice", breaks: "children once and to their end", plant: doubleChild },
  {
    name: "an output is another",
    breaks: "each run ends as it must",
    plant: (evidence) => changeRun(evidence, isRow, { output: '{"json":-1}' }),
  },
  {
    name: "a run never ends",
    breaks: "everything comes to rest",
    plant: (evidence) => changeRun(evidence, isRow, { status: "waiting" }),
  },
  { name: "an alert is lost", breaks: "told of once", plant: loseAlerts },
  {
    name: "a change from outside counts twice",
    breaks: "changes from outside count once",
    plant: (evidence) =>
      changeRun(evidence, (run) => isChangedFromOutside(evidence, run), {
        metadata: JSON.stringify({ [OUTSIDE_KEY]: 2 }),
      }),
  },
  { name: "an innocent run crashes", breaks: "no innocent run crashes", plant: crashInnocent },
  {
    name: "a blob is counted once too often",
    breaks: "no blob is lost or left",
    plant: (evidence) => ({
      ...evidence,
      blobs: evidence.blobs.map((blob) => ({ ...blob, counted: blob.counted + 1 })),
    }),
  },
  {
    name: "a process is left over",
    breaks: "no defect and no leftover",
    plant: (evidence) => ({ ...evidence, complaints: ["process 1 is still there"] }),
  },
];

const isRow = ({ task, status }: Run) => task === "row" && status === "completed";

function acceptedRun({ lines }: Evidence): string {
  return found(
    lines.find((line) => line.kind === "accepted"),
    "an accepted order",
  ).run;
}

function withoutRun(evidence: Evidence, runId: string): Evidence {
  const runs = new Map(evidence.runs);
  runs.delete(runId);
  return { ...evidence, runs, events: evidence.events.filter((event) => event.runId !== runId) };
}

function endTwice(evidence: Evidence): Evidence {
  const end = found(
    evidence.events.find(({ kind }) => kind === "run.completed"),
    "a run that completed",
  );
  return { ...evidence, events: [...evidence.events, { ...end, seq: end.seq + 1, commit: end.commit + 1_000_000 }] };
}

function keepEpoch(evidence: Evidence): Evidence {
  return changeEvent(
    evidence,
    ({ kind, epoch }) => kind === "run.started" && epoch === 2,
    (event) => ({ ...event, epoch: 1 }),
  );
}

function writeUnfenced(evidence: Evidence): Evidence {
  return changeEntries(evidence, (own) =>
    own.map((entry, i) => (i === own.length - 1 ? { ...entry, epoch: 1_000 } : entry)),
  );
}

function loseEntry(evidence: Evidence): Evidence {
  return changeEntries(evidence, (own) => own.slice(1));
}

function countAttempt(evidence: Evidence): Evidence {
  const reaped = found(
    evidence.events.find(({ kind }) => kind === "run.reaped"),
    "a run that was reaped",
  );
  return changeEvent(
    evidence,
    ({ runId, seq }) => runId === reaped.runId && seq > reaped.seq,
    (event) => ({ ...event, attempt: event.attempt + 1 }),
  );
}

function fillQueue(evidence: Evidence): Evidence {
  const limited = [...evidence.runs.values()].filter(({ queue }) => queue === "limited").map(({ id }) => id);
  const isKept = ({ runId, kind }: CommittedEvent) =>
    !limited.includes(runId) || kind === "run.created" || kind === "run.started";
  return { ...evidence, events: evidence.events.filter(isKept) };
}

function doubleKey(evidence: Evidence): Evidence {
  const run = found(
    [...evidence.runs.values()].find(
      ({ idempotencyKey, status }) => idempotencyKey !== undefined && status === "completed",
    ),
    "a run with a key",
  );
  return { ...evidence, runs: new Map([...evidence.runs, ["run_twin", { ...run, id: "run_twin" }]]) };
}

function repeatStep(evidence: Evidence): Evidence {
  const [runId, entries] = found(
    [...evidence.entries].find(([, own]) => own.some(isOwnStep)),
    "a recorded step",
  );
  const record = found(entries.find(isOwnStep), "a recorded step");
  const step = record.key.replace(/^step:/, "").replace(/[/#].*$/, "");
  const began = found(
    evidence.lines.find((line) => line.kind === "began" && line.run === runId && line.step === step),
    "its effect",
  );
  return { ...evidence, lines: [...evidence.lines, { ...began, at: record.createdAt + 1_000 } as Line] };
}

const isOwnStep = ({ kind, keptSeq, outcome }: Entry) =>
  kind === "step" && keptSeq === undefined && outcome === "completed";

function changeKey(evidence: Evidence): Evidence {
  const { run, step } = repeated(evidence);
  let isFirst = true;
  const lines = evidence.lines.map((line) => {
    if (line.kind !== "began" || line.run !== run || line.step !== step || !isFirst) return line;
    isFirst = false;
    return { ...line, key: "another" };
  });
  return { ...evidence, lines };
}

/** A step whose effect came twice. */
function repeated({ lines }: Evidence): { readonly run: string; readonly step: string } {
  const seen = new Set<string>();
  const again = lines.find((line) => {
    if (line.kind !== "began") return false;
    const name = `${line.run} ${line.step}`;
    return seen.has(name) || !seen.add(name);
  });
  return found(again, "a step that came twice") as { readonly run: string; readonly step: string };
}

function forgetUncertain(evidence: Evidence): Evidence {
  return { ...evidence, events: evidence.events.filter(({ kind }) => kind !== "step.uncertain") };
}

function loseUndo(evidence: Evidence): Evidence {
  return changeEntries(evidence, (own) => own.filter(({ kind }) => kind !== "undo"));
}

function doubleChild(evidence: Evidence): Evidence {
  const child = found(
    [...evidence.runs.values()].find(({ parentRunId, task }) => parentRunId !== undefined && task === "child"),
    "a child",
  );
  return { ...evidence, runs: new Map([...evidence.runs, ["run_twin", { ...child, id: "run_twin" }]]) };
}

function loseAlerts(evidence: Evidence): Evidence {
  const kept = [...evidence.runs].filter(([, { task }]) => task !== ALERT_TASK);
  if (kept.length === evidence.runs.size) throw new Error("There is no alert that could be lost");
  return { ...evidence, runs: new Map(kept) };
}

function crashInnocent(evidence: Evidence): Evidence {
  return changeEvent(
    evidence,
    ({ kind }) => kind === "run.retrying",
    (event) => ({ ...event, details: '{"failure":{"kind":"crashed"}}' }),
  );
}

/** Of an order that was answered: nobody knows of another whether its change was made. */
function isChangedFromOutside({ lines }: Evidence, { id, metadata }: Run): boolean {
  const isAnswered = lines.some(
    (line) =>
      line.kind === "accepted" &&
      line.run === id &&
      line.order >= 0 &&
      orderOf(line.order).way === "changed from outside",
  );
  return isAnswered && (metadata?.includes(`"${OUTSIDE_KEY}":1`) ?? false);
}

function changeRun(evidence: Evidence, isWanted: (run: Run) => boolean, change: Partial<Run>): Evidence {
  const run = found([...evidence.runs.values()].find(isWanted), "such a run");
  return { ...evidence, runs: new Map([...evidence.runs, [run.id, { ...run, ...change }]]) };
}

function changeEvent(
  evidence: Evidence,
  isWanted: (event: CommittedEvent) => boolean,
  change: (event: CommittedEvent) => CommittedEvent,
): Evidence {
  found(evidence.events.find(isWanted), "such an event");
  return { ...evidence, events: evidence.events.map((event) => (isWanted(event) ? change(event) : event)) };
}

function changeEntries(evidence: Evidence, change: (entries: readonly Entry[]) => readonly Entry[]): Evidence {
  return { ...evidence, entries: new Map([...evidence.entries].map(([runId, own]) => [runId, change(own)])) };
}

function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`There is no ${what} to plant anything in`);
  return value;
}
