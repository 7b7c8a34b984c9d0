/** What is measured, of whom, and what is expected of it. How it is measured is in `workloads/`. */

/** `file` is Perdure as it comes: a file on the disk, `synchronous=FULL`. `memory` is the same program without a disk. */
export const SUBJECTS = ["file", "memory", "plainjob", "plainjob-full"] as const;
export type Subject = (typeof SUBJECTS)[number];

const OURS: readonly Subject[] = ["file", "memory"];
const WITH_PEERS: readonly Subject[] = SUBJECTS;
/** One after the other, thousands of its safe commits would take longer than all the rest. */
const WITH_PEER: readonly Subject[] = ["file", "memory", "plainjob"];

/** What the product is expected to reach: so many single commits where the disk gives few, otherwise this share of the run in memory. */
export interface Floor {
  readonly ofCommits?: number;
  readonly ofMemory: number;
}

/** A disk that gives fewer single commits a second is what limits, not the processor. */
export const SLOW_DISK_COMMITS = 1_000;

/** Of a rate more is better, of a time or of memory less. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: "runs/s" | "ms" | "µs" | "MB";
  readonly floor?: Floor;
}

export interface Metric {
  readonly name: string;
  readonly title: string;
  readonly subjects: readonly Subject[];
  readonly figures: readonly Figure[];
  /** Measured in so many rounds at most, since one takes long. */
  readonly maxRounds?: number;
}

const RATE = {
  key: "perSecond",
  title: "",
  unit: "runs/s",
  floor: { ofCommits: 10, ofMemory: 1 / 3 },
} as const satisfies Figure;
const CPU = { key: "cpuMicros", title: "processor time a run", unit: "µs" } as const satisfies Figure;

export const METRICS = [
  {
    name: "enqueue",
    title: "enqueue singly, 50 producers",
    subjects: WITH_PEERS,
    figures: [RATE, CPU],
  },
  { name: "bulk-100", title: "enqueue in bulk, 100 a call", subjects: WITH_PEER, figures: [RATE, CPU] },
  { name: "bulk-1000", title: "enqueue in bulk, 1,000 a call", subjects: WITH_PEER, figures: [RATE, CPU] },
  { name: "drain-10", title: "drain of no-op runs, concurrency 10", subjects: WITH_PEERS, figures: [RATE, CPU] },
  {
    name: "drain-100",
    title: "drain of no-op runs, concurrency 100",
    subjects: WITH_PEER,
    figures: [
      RATE,
      CPU,
      { key: "rssIdle", title: "RSS before anything is asked", unit: "MB" },
      { key: "rssAfter", title: "RSS after the drain", unit: "MB" },
    ],
  },
  {
    name: "steps",
    title: "runs of five steps, 50 in flight",
    subjects: OURS,
    // Eight transactions one after the other, so fifty in flight come to six runs a commit at best.
    figures: [
      { ...RATE, floor: { ofMemory: 1 / 3 } },
      CPU,
      { key: "p50", title: "trigger to result, p50", unit: "ms" },
    ],
  },
  {
    name: "latency",
    title: "one run at a time",
    subjects: OURS,
    figures: [
      { key: "startP50", title: "trigger to start, p50", unit: "ms" },
      { key: "startP99", title: "trigger to start, p99", unit: "ms" },
      { key: "finalP50", title: "trigger to final, p50", unit: "ms" },
      { key: "finalP99", title: "trigger to final, p99", unit: "ms" },
      { key: "stepsP50", title: "five steps, trigger to final, p50", unit: "ms" },
    ],
  },
  {
    name: "recovery",
    title: "1,000 runs executing, kill -9",
    subjects: ["file"],
    figures: [
      { key: "openMs", title: "process start to open", unit: "ms" },
      { key: "doneMs", title: "process start to all done", unit: "ms" },
    ],
  },
  {
    name: "waiting",
    title: "10,000 waiting runs",
    subjects: OURS,
    maxRounds: 1,
    figures: [
      { key: "perSecond", title: "enqueued, started and parked", unit: "runs/s" },
      { key: "rssGrowth", title: "RSS growth", unit: "MB" },
      { key: "heapGrowth", title: "growth of what is in use", unit: "MB" },
      { key: "wokenPerSecond", title: "woken and completed", unit: "runs/s" },
    ],
  },
] as const satisfies readonly Metric[];

export type MetricName = (typeof METRICS)[number]["name"];

/** What one measurement found, by the key of its figures. */
export type Findings = Readonly<Record<string, number>>;

/** Where a measurement happens: a process of its own, an empty folder on the disk. */
export interface Place {
  readonly subject: Subject;
  readonly folder: string;
}
