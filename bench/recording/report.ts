import { tellCells, times, told } from "../report.ts";
import type { Round } from "../rounds.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import type { RecordingFigure, RecordingMetric, RecordingSubject } from "./metrics.ts";

export type RecordingRound = Round<RecordingSubject>;

/** As a table in Markdown: a line to each figure, with ratios that were taken within the rounds. */
export function tellRecording(played: ReadonlyMap<RecordingMetric, readonly RecordingRound[]>): string {
  const titles = [
    "",
    "unit",
    "plain",
    "steps-only",
    "auto",
    "steps-only to plain",
    "auto to plain",
    "auto to steps-only",
  ];
  const lines = [...played].flatMap(([metric, rounds]) =>
    metric.figures.map((figure) => tellFigure(metric, figure, rounds)),
  );
  return tellCells([[...titles, "auto adds to steps-only", "in single commits"], ...lines]);
}

function tellFigure(
  metric: RecordingMetric,
  figure: RecordingFigure,
  rounds: readonly RecordingRound[],
): readonly string[] {
  const of = (subject: RecordingSubject) => rounds.map(({ findings }) => findings.get(subject)?.[figure.key]);
  const [plain, stepsOnly, auto] = [of("plain"), of("steps-only"), of("auto")];
  return [
    `${metric.title}: ${figure.title}`,
    figure.unit,
    ...[plain, stepsOnly, auto].map((found) => told(spread(found))),
    ...[ratios(stepsOnly, plain), ratios(auto, plain), ratios(auto, stepsOnly)].map(
      figure.isCounted ? () => "" : times,
    ),
    tellAdded(figure, stepsOnly, auto),
    tellInCommits(figure, stepsOnly, auto, rounds),
  ];
}

/** For one request, timer, … more: how much longer it takes when it is recorded. */
function tellAdded({ per, unit }: RecordingFigure, before: Found, after: Found): string {
  if (per === undefined || unit !== "ms") return "";
  const added = after.map((ms, i) => (((ms ?? Number.NaN) - (before[i] ?? Number.NaN)) * 1_000) / per.count);
  return `${told(spread(added))} µs a ${per.unit}`;
}

/** As many of them follow one another on this disk in the time that a figure of the runs has more. */
function tellInCommits(
  { per, key }: RecordingFigure,
  before: Found,
  after: Found,
  rounds: readonly RecordingRound[],
): string {
  if (per === undefined || key !== "codeMs") return "";
  const commits = rounds.map(
    ({ disk }, i) =>
      (((after[i] ?? Number.NaN) - (before[i] ?? Number.NaN)) / 1_000 / per.count) * disk.commitsPerSecond,
  );
  return told(spread(commits));
}

type Found = readonly (number | undefined)[];

function spread(found: Found): Spread | undefined {
  return found.every((value) => value !== undefined) ? spreadOf(found as readonly number[]) : undefined;
}

/** None of what is missing or zero. */
function ratios(ours: Found, theirs: Found): Spread | undefined {
  const found = ours.map((value, i) => (value ?? Number.NaN) / (theirs[i] ?? Number.NaN));
  return found.every(Number.isFinite) ? spreadOf(found) : undefined;
}
