import { type Figure, type Metric, SLOW_DISK_COMMITS, type Subject } from "./metrics.ts";
import type { Round } from "./rounds.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** One figure over all rounds. Ratios are taken within each round, and only then over the rounds. */
export interface Comparison {
  readonly metric: string;
  readonly title: string;
  readonly unit: Figure["unit"];
  readonly values: ReadonlyMap<Subject, Spread>;
  /** Of a rate: how many times the single commits. Of a time: how many single commits fit in. */
  readonly toCommits?: Spread;
  /** Ours on the disk to each of the others. */
  readonly ratios: ReadonlyMap<Subject, Spread>;
  /** In how many rounds the floor was reached. */
  readonly reached?: { readonly rounds: number; readonly of: number };
}

export function compare(metric: Metric, figure: Figure, rounds: readonly Round[]): Comparison {
  const valuesOf = (subject: Subject) => rounds.map(({ findings }) => findings.get(subject)?.[figure.key]);
  const ours = valuesOf("file") as readonly number[];
  const others = metric.subjects.filter((subject) => subject !== "file" && isKnown(valuesOf(subject)));
  const ratioTo = (subject: Subject) => valuesOf(subject).map((value, i) => (ours[i] as number) / (value as number));
  return {
    metric: metric.name,
    title: figure.title === "" ? metric.title : `${metric.title}: ${figure.title}`,
    unit: figure.unit,
    values: new Map(
      (["file", ...others] as const).map((subject) => [subject, spreadOf(valuesOf(subject) as number[])]),
    ),
    ...(figure.unit === "runs/s" || figure.unit === "ms"
      ? { toCommits: spreadOf(ours.map((value, i) => inCommits(value, figure, rounds[i] as Round))) }
      : {}),
    ratios: new Map(others.map((subject) => [subject, spreadOf(ratioTo(subject))])),
    ...(figure.floor === undefined
      ? {}
      : { reached: { rounds: rounds.filter((round) => reachesFloor(figure, round)).length, of: rounds.length } }),
  };
}

function isKnown(values: readonly (number | undefined)[]): boolean {
  return values.every((value) => value !== undefined);
}

function inCommits(value: number, { unit }: Figure, { disk }: Round): number {
  return unit === "ms" ? (value / 1_000) * disk.commitsPerSecond : value / disk.commitsPerSecond;
}

function reachesFloor({ key, floor }: Figure, { disk, findings }: Round): boolean {
  if (floor === undefined) return true;
  const ours = findings.get("file")?.[key] ?? 0;
  if (floor.ofCommits !== undefined && disk.commitsPerSecond < SLOW_DISK_COMMITS)
    return ours >= floor.ofCommits * disk.commitsPerSecond;
  return ours >= floor.ofMemory * (findings.get("memory")?.[key] ?? 0);
}
