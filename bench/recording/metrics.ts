/** What is measured of recording, and of whom. How it is measured is in the files beside this one. */
import { PROGRAMS, type ProgramName } from "./programs.ts";

/** The code as an ordinary function in a process without Perdure, as a run that records steps only, and as one that records all it can. */
export const RECORDING_SUBJECTS = ["plain", "steps-only", "auto"] as const;
export type RecordingSubject = (typeof RECORDING_SUBJECTS)[number];

const RUNS: readonly RecordingSubject[] = ["steps-only", "auto"];

export interface RecordingFigure {
  readonly key: string;
  readonly title: string;
  readonly unit: "ms" | "MB" | "KB" | "entries/s" | "";
  /** What it is a figure of: then it is also told how much more one of them takes when it is recorded. */
  readonly per?: { readonly unit: string; readonly count: number };
  /** Where ratios say nothing: what counts is the number, or how far it is from zero. */
  readonly isCounted?: true;
}

export interface RecordingMetric {
  readonly name: string;
  readonly title: string;
  readonly subjects: readonly RecordingSubject[];
  readonly figures: readonly RecordingFigure[];
}

const programs: readonly RecordingMetric[] = Object.entries(PROGRAMS).map(([name, { title, unit, count }]) => ({
  name,
  title,
  subjects: RECORDING_SUBJECTS,
  figures: [
    { key: "codeMs", title: "time", unit: "ms", per: { unit, count } },
    { key: "cpuMs", title: "processor time", unit: "ms", per: { unit, count } },
    { key: "writes", title: "writes of a run", unit: "", isCounted: true },
  ],
}));

function replay(entries: number): RecordingMetric {
  return {
    name: `replay-${entries}`,
    title: `replay of ${entries.toLocaleString("en")} steps, or GET`,
    subjects: RUNS,
    figures: [
      { key: "liveMs", title: "time until live", unit: "ms" },
      { key: "cpuMs", title: "processor time", unit: "ms" },
      { key: "perSecond", title: "speed", unit: "entries/s" },
    ],
  };
}

export const RECORDING_METRICS: readonly RecordingMetric[] = [
  ...programs,
  replay(1_000),
  replay(10_000),
  {
    name: "memory-large",
    title: "200 GET of 1 MB in one run",
    subjects: RECORDING_SUBJECTS,
    figures: [
      { key: "peak", title: "more in use at its height", unit: "MB" },
      { key: "after", title: "more in use afterwards", unit: "MB", isCounted: true },
    ],
  },
  {
    name: "memory-replay",
    title: "replay of 200 GET of 1 MB",
    subjects: ["auto"],
    figures: [{ key: "peak", title: "more in use at its height", unit: "MB" }],
  },
  {
    name: "memory-waiting",
    title: "100 waiting runs after 20 GET each",
    subjects: RUNS,
    figures: [
      { key: "warmKb", title: "in use for each, kept warm", unit: "KB" },
      { key: "coldKb", title: "in use for each, dropped", unit: "KB" },
    ],
  },
];

export type RecordingFindings = Readonly<Record<string, number>>;

/** Where a measurement happens: a process of its own, an empty folder on the disk. */
export interface RecordingPlace {
  readonly subject: RecordingSubject;
  readonly folder: string;
  /** Address of the server. */
  readonly world: string;
}

export function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(PROGRAMS, name);
}
