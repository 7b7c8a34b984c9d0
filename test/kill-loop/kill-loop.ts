/**
 * The kill loop: nodes with worker processes, and clients that order, as they are in production, while all of them are killed
 * by SIGKILL, first at each failpoint of the list and then at random. When it is over, everything that was promised is looked
 * for in what is left. `main.ts` is the command, `test/e2e/kill-loop.test.ts` what runs of it in each check.
 */
import { createChance } from "../../src/testing/chance.ts";
import type { Violation } from "../../src/testing/sim/evidence.ts";
import { StubbornApplication } from "./application.ts";
import { Cluster } from "./cluster.ts";
import { CRASH_POINTS, type CrashPoint, type Scenario } from "./crash-points.ts";
import { type Evidence, gatherEvidence } from "./evidence.ts";
import { FAILPOINTS, type Failpoint } from "./failpoints.ts";
import type { End } from "./kinds.ts";
import { listComplaints } from "./logs.ts";
import type { Place } from "./place.ts";
import { leaveUnfinishedBatch, pruneAll } from "./prune.ts";
import { SCENARIOS, type Stage } from "./scenarios.ts";
import { writeSettings } from "./settings.ts";
import { writeStories } from "./stories.ts";
import { Storm } from "./storm.ts";
import { Tour } from "./tour.ts";
import { until } from "./until.ts";
import { checkAll } from "./verdict.ts";
import { VISITS } from "./visits.ts";

export interface KillLoopOptions {
  readonly place: Place;
  readonly nodes: number;
  readonly seed: number;
  /** Of the storm. */
  readonly seconds: number;
  /** Whether each failpoint is visited first, on its own. */
  readonly isTouring: boolean;
  readonly scenarios: readonly Scenario[];
  /** Between two orders. */
  readonly paceMs: number;
  readonly killDatabase?: () => Promise<void>;
  readonly onProgress: (progress: Progress) => void;
}

export interface Progress {
  readonly phase: "tour" | "scenarios" | "storm" | "calm" | "verdict" | "pruning";
  readonly kills: number;
  readonly accepted: number;
  /** Failpoints that killed somebody so far. */
  readonly reached: number;
}

export interface KillLoopResult {
  readonly violations: readonly Violation[];
  readonly kills: number;
  readonly runs: number;
  readonly events: number;
  /** How often each failpoint killed. */
  readonly reached: Readonly<Partial<Record<Failpoint, number>>>;
  /** Rows of the table of crash points all of whose visits and scenario were as it says. */
  readonly confirmed: readonly CrashPoint[];
  /** Steps that kills caught in flight, as the stories of their runs name them. */
  readonly uncertainSteps: number;
  readonly reaped: number;
  /** For whoever wants to see that the checks can fail. */
  readonly evidence: Evidence;
}

/** Of a dead node the other one waits for this on Postgres. One that has no other hands its runs on when it starts: nothing but a busy worker waits. */
const LEASE_MS = { sqlite: 4_000, postgres: 3_000 };
const CALM_WITHIN_MS = 180_000;

export async function runKillLoop(options: KillLoopOptions): Promise<KillLoopResult> {
  const cluster = await Cluster.create(options.place, options.nodes, { leaseMs: leaseOf(options), keepWarm: 100 });
  try {
    return await loop(cluster, options);
  } finally {
    await cluster.killAll();
  }
}

async function loop(cluster: Cluster, options: KillLoopOptions): Promise<KillLoopResult> {
  const app = new StubbornApplication(cluster.urls, options.place);
  const tour = new Tour(cluster, app);
  const problems: string[] = [];
  const confirmed = new Set(CRASH_POINTS);
  const say = (phase: Progress["phase"]) =>
    options.onProgress({
      phase,
      kills: cluster.kills,
      accepted: cluster.accepted,
      reached: new Set(cluster.deaths.map(({ failpoint }) => failpoint)).size,
    });
  await cluster.start();

  for (const visit of options.isTouring ? VISITS : []) {
    const isAsSaid = await tour.visit(visit);
    if (!isAsSaid && visit.row !== undefined) confirmed.delete(visit.row);
    say("tour");
  }
  await play(cluster, app, tour, options, confirmed, problems);
  say("scenarios");

  await weather(cluster, options, problems, () => say("storm"));
  await leaveUnfinishedBatch(app);
  // The verdict says which runs have not come to rest.
  await calm(cluster, app).catch((error: unknown) => void problems.push(String(error)));
  say("calm");
  problems.push(...(await cluster.stop()));
  const evidence = await gatherEvidence(options.place, {
    lines: cluster.effects.read(),
    ends: tour.ends,
    complaints: [...problems, ...tour.problems, ...cluster.surprises, ...listComplaints(options.place)],
  });
  say("verdict");
  const violations = [...checkAll(evidence)];
  if (violations.length > 0) writeStories(options.place.folder, evidence, violations);
  const settings = { leaseMs: leaseOf(options), keepWarm: 100 };
  const left = await pruneAll(cluster, settings, () => say("pruning")).catch((error: unknown) => [String(error)]);
  violations.push(...left.map((problem) => ({ promise: "deleted runs leave nothing", problem })));
  return summarize(cluster, options, evidence, violations, confirmed);
}

async function play(
  cluster: Cluster,
  app: StubbornApplication,
  tour: Tour,
  options: KillLoopOptions,
  confirmed: Set<CrashPoint>,
  problems: string[],
): Promise<void> {
  const stage: Stage = {
    cluster,
    app,
    leaseMs: leaseOf(options),
    nextNumber: () => tour.nextNumber(),
    expect: (n: number, end: End) => tour.ends.set(n, end),
  };
  for (const name of options.scenarios) {
    const problem = await SCENARIOS[name](stage).catch((error: unknown) => String(error));
    if (problem === undefined) continue;
    problems.push(`scenario "${name}": ${problem}`);
    for (const row of CRASH_POINTS) if (row.scenario === name) confirmed.delete(row);
  }
}

async function weather(cluster: Cluster, options: KillLoopOptions, problems: string[], say: () => void): Promise<void> {
  const { seconds, seed, paceMs, killDatabase } = options;
  if (seconds === 0) return;
  const { next } = createChance(seed);
  cluster.beforeStart = () =>
    writeSettings(cluster.place.folder, { leaseMs: leaseOf(options), keepWarm: next() < 0.5 ? 0 : 100 });
  const storm = new Storm(cluster, {
    random: next,
    seconds,
    paceMs,
    ...(killDatabase === undefined ? {} : { killDatabase }),
  });
  const telling = setInterval(say, 1_000);
  try {
    await storm.rage();
  } finally {
    clearInterval(telling);
    storm.end();
    cluster.beforeStart = () => undefined;
  }
  problems.push(...storm.problems);
}

async function calm(cluster: Cluster, app: StubbornApplication): Promise<void> {
  await cluster.untilReady();
  await until(
    "all runs have ended",
    async () => {
      await app.cancelEndless();
      await app.restartHeld();
      return (await app.countOpen()) === 0 || undefined;
    },
    CALM_WITHIN_MS,
  );
}

function summarize(
  cluster: Cluster,
  { scenarios, isTouring }: KillLoopOptions,
  evidence: Evidence,
  violations: readonly Violation[],
  confirmed: ReadonlySet<CrashPoint>,
): KillLoopResult {
  const reached: Partial<Record<Failpoint, number>> = {};
  for (const failpoint of FAILPOINTS) {
    const count = cluster.deaths.filter((death) => death.failpoint === failpoint).length;
    if (count > 0) reached[failpoint] = count;
  }
  const count = (kind: string) => evidence.events.filter((event) => event.kind === kind).length;
  return {
    violations,
    kills: cluster.kills,
    runs: evidence.runs.size,
    events: evidence.events.length,
    reached,
    confirmed: [...confirmed].filter(
      ({ visits, scenario }) =>
        (visits.length === 0 || isTouring) && (scenario === undefined || scenarios.includes(scenario)),
    ),
    uncertainSteps: count("step.uncertain"),
    reaped: count("run.reaped"),
    evidence,
  };
}

function leaseOf({ place }: KillLoopOptions): number {
  return place.isPostgres ? LEASE_MS.postgres : LEASE_MS.sqlite;
}
