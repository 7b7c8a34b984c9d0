import { isDeepStrictEqual } from "node:util";
import { countEvents, type Evidence, type WithEvents } from "./evidence.ts";
import type { Moment } from "./kill-plan.ts";
import type { LifeEnd } from "./live.ts";
import { isHonest, type StepStory } from "./steps.ts";
import { type ImportReport, MAX_ATTEMPTS } from "./tasks.ts";

/** Something that the demo says, and whether it is so. */
export interface Claim {
  readonly says: string;
  readonly isTrue: boolean;
}

export interface Case {
  readonly lives: readonly LifeEnd[];
  readonly killed: Evidence;
  readonly undisturbed: Evidence;
  readonly steps: readonly StepStory[];
  readonly plannedSteps: number;
  /** The moments, in order. */
  readonly plannedKills: readonly Moment[];
}

/** Every claim is computed from what is on disk: run events, outputs, the application's table and the trace. */
export function listClaims(whole: Case): readonly Claim[] {
  return [...aboutRuns(whole), ...aboutSteps(whole), ...aboutTheResult(whole)];
}

function aboutRuns({ lives, killed, plannedKills }: Case): readonly Claim[] {
  const deaths = lives.filter(({ signal }) => signal === "SIGKILL").length;
  const moments = killed.trace.flatMap((line) => (line.kind === "killed" ? [line.moment] : []));
  const { imports, chunks } = killed;
  const healthy = [...imports, ...chunks].filter(({ run }) => run.isSuccess);
  return [
    {
      says: `The worker process was killed ${deaths} times and started ${lives.length} times; the last one came to the end.`,
      isTrue:
        deaths === plannedKills.length && isDeepStrictEqual(moments, plannedKills) && lives.at(-1)?.exitCode === 0,
    },
    {
      says: `The import was accepted once: ${lives.length} processes asked for it with one key, and there is ${imports.length} run of it.`,
      isTrue: imports.length === 1,
    },
    {
      says: `It has ${chunks.length} child runs, one for each chunk; none was started twice.`,
      isTrue: chunks.length === reportOf(killed)?.chunks && new Set(chunks.map(payloadOf)).size === chunks.length,
    },
    {
      says: "Every run ended exactly once.",
      isTrue: [...imports, ...chunks].every(({ events }) => events.filter((kind) => ENDS.has(kind)).length === 1),
    },
    {
      says: `A killed process cost no attempt: the ${healthy.length} runs that succeeded did so in their first.`,
      isTrue: healthy.length === chunks.length && healthy.every(({ run }) => run.attemptCount === 1),
    },
    {
      says: `No wait began anew: the runs parked ${countEvents([...imports, ...chunks], "run.parked")} times, once for each wait at most.`,
      isTrue: [...imports, ...chunks].every(hasParkedOncePerWait),
    },
  ];
}

function aboutSteps({ steps, plannedSteps }: Case): readonly Claim[] {
  const settled = steps.filter(({ given }) => given.length === 1);
  const repeated = steps.filter(({ executions }) => executions.length > 1);
  const failed = repeated.filter(({ executions }) => executions.some(({ threw }) => threw));
  const caught = repeated.filter((story) => !failed.includes(story));
  return [
    {
      says: `All ${steps.length} steps were executed; ${settled.length} have a recorded result, and the code was given no other.`,
      isTrue: steps.length === plannedSteps && settled.length === steps.length - failed.length,
    },
    {
      says: `${repeated.length} of them were executed more than once: ${caught.length} that a kill caught in flight, and ${failed.length} that failed.`,
      isTrue: caught.length > 0 && failed.length === 1 && steps.every((story) => isHonest(story)),
    },
  ];
}

function aboutTheResult({ killed, undisturbed }: Case): readonly Claim[] {
  const report = reportOf(killed);
  const rejected = killed.chunks.filter(({ run }) => run.isFailed);
  const attempts = rejected[0]?.run.attemptCount;
  return [
    {
      says: `The chunk with the bad row was tried ${attempts} times, as its retry policy says, then failed; the import went on and names it.`,
      isTrue: rejected.length === 1 && attempts === MAX_ATTEMPTS && report?.rejected.length === 1,
    },
    {
      says: `The table has ${killed.table.length} rows, and they equal those of the undisturbed import.`,
      isTrue: killed.table.length > 0 && isDeepStrictEqual(killed.table, undisturbed.table),
    },
    {
      says: "The import's output equals that of the undisturbed import, and so does that of every child.",
      isTrue: isDeepStrictEqual(outcomesOf(killed), outcomesOf(undisturbed)),
    },
  ];
}

const ENDS: ReadonlySet<string> = new Set(["run.completed", "run.failed", "run.canceled"]);

export function reportOf({ imports }: Evidence): ImportReport | undefined {
  return imports[0]?.run.output as ImportReport | undefined;
}

/** The parent waits for a time and for its children; a child waits once in each attempt. */
function hasParkedOncePerWait({ run, events }: WithEvents): boolean {
  const waits = run.parentRunId === undefined ? 2 : run.attemptCount;
  return events.filter((kind) => kind === "run.parked").length <= waits;
}

function payloadOf({ run }: WithEvents): string {
  return JSON.stringify(run.payload);
}

function outcomesOf({ imports, chunks }: Evidence): readonly unknown[] {
  return [...imports, ...chunks].map(({ run }) => ({
    status: run.status,
    output: run.output,
    error: run.error?.message,
    attempts: run.attemptCount,
  }));
}
