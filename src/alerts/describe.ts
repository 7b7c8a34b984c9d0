import type { AlertPayload } from "../core/alerts.ts";
import { defined } from "../core/defined.ts";
import { isPerdureError } from "../core/errors.ts";
import type { Failure } from "../core/failure.ts";
import type { Run } from "../core/run.ts";
import type { Client } from "../sdk/index.ts";
import type { AlertMessage } from "./channel.ts";

/** Where it is looked up what happened. */
export interface Sources {
  readonly calls: Pick<Client["calls"], "retrieve">;
  /** Runs of a task that failed within a span: how many, and the newest of them. */
  listFailures(span: {
    readonly task: string;
    readonly from: number;
    readonly until: number;
    readonly limit: number;
  }): Promise<{ readonly count: number; readonly runs: readonly Run[] }>;
}

type One = Extract<AlertPayload, { kind: "one" }>;
type Summary = Extract<AlertPayload, { kind: "summary" }>;
type Found = Awaited<ReturnType<Sources["calls"]["retrieve"]>>;

const STACK_CHARACTERS = 4_000;
const TEXT_CHARACTERS = 500;
/** Runs that a summary lists; it counts them all. */
const LISTED = 20;

/** What happened, in words and as data. Payloads, outputs and metadata are not told: what they hold is not for everyone who gets a mail. */
export function describe(payload: AlertPayload, sources: Sources): Promise<AlertMessage> {
  return payload.kind === "one" ? describeOne(payload, sources) : describeMany(payload, sources);
}

async function describeOne({ on, at, runId, task, problem }: One, { calls }: Sources): Promise<AlertMessage> {
  const run = await find(calls, runId);
  const isHeld = on === "held";
  const error = isHeld || run?.failure === undefined ? problem : errorOf(run.failure);
  const text = isHeld
    ? `Run ${runId} of ${task} is held: its code no longer fits its journal.`
    : `Run ${runId} of ${task} failed: ${problem.name}: ${problem.message}`;
  return {
    type: isHeld ? "run.held" : "run.failed",
    timestamp: iso(at),
    text: short(text),
    data: { run: { id: runId, task, ...(run === undefined ? {} : detailsOf(run)) }, error },
  };
}

async function describeMany({ on, task, from, until, told }: Summary, sources: Sources): Promise<AlertMessage> {
  const span = { task, from: iso(from), until: iso(until), told };
  const during = `between ${clock(from)} and ${clock(until)} UTC`;
  if (on === "held") {
    const text = `More than ${told} runs of ${task} were held ${during}.`;
    return { type: "runs.held", timestamp: iso(until), text, data: span };
  }
  const { count, runs } = await sources.listFailures({ task, from, until, limit: LISTED });
  // Some may be deleted by now; that there was one more than were told of is certain.
  const more = Math.max(1, count - told);
  const text = `${more} more ${more === 1 ? "run" : "runs"} of ${task} failed ${during}.`;
  return {
    type: "runs.failed",
    timestamp: iso(until),
    text,
    data: { ...span, more, runs: runs.map(({ id, failure, finishedAt }) => listed(id, failure, finishedAt)) },
  };
}

/** It may be deleted by now: then the delivery knows what matters. */
async function find(calls: Sources["calls"], runId: string): Promise<Found | undefined> {
  try {
    return await calls.retrieve({ runId });
  } catch (error) {
    if (isPerdureError(error, "RUN_NOT_FOUND")) return undefined;
    throw error;
  }
}

function detailsOf(run: Found) {
  const { status, queue, tags, attempt, maxAttempts, rootRunId, parentRunId, idempotencyKey, taskVersion } = run;
  return defined({
    status,
    queue,
    tags,
    attempt,
    maxAttempts,
    rootRunId,
    parentRunId,
    idempotencyKey,
    version: taskVersion,
    createdAt: iso(run.createdAt),
    startedAt: run.startedAt === undefined ? undefined : iso(run.startedAt),
    finishedAt: run.finishedAt === undefined ? undefined : iso(run.finishedAt),
  });
}

function errorOf({ code, name, message, stack }: Failure) {
  return defined({ name, message: message.slice(0, STACK_CHARACTERS), code, stack: stack?.slice(0, STACK_CHARACTERS) });
}

function listed(id: string, failure: Failure | undefined, finishedAt: number | undefined) {
  const error = failure && { name: failure.code ?? failure.name, message: short(failure.message) };
  return defined({ id, error, finishedAt: finishedAt === undefined ? undefined : iso(finishedAt) });
}

function short(text: string): string {
  const [line = ""] = text.split(/[\r\n]/);
  return line.length > TEXT_CHARACTERS ? `${line.slice(0, TEXT_CHARACTERS)}…` : line;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function clock(at: number): string {
  return iso(at).slice(11, 19);
}
