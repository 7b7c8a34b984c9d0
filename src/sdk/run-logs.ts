import { LIMITS } from "../core/limits.ts";
import type { LogLevel, LogSource, StoredLogLine } from "../core/log-line.ts";
import type { LogPage } from "../protocol/client-calls.ts";
import type { Client } from "./host.ts";

/** A line that a run's code logged. */
export interface RunLogLine {
  /** Its place in the run's log, from 1. Numbers that are missing belong to lines that were deleted. */
  readonly seq: number;
  readonly at: Date;
  readonly level: LogLevel;
  /** `perdure` speaks itself where lines were left out. */
  readonly source: LogSource;
  readonly message: string;
  readonly properties: Readonly<Record<string, unknown>> | undefined;
  /** The attempt that logged it. */
  readonly attempt: number;
}

export interface LogsOfRunOptions {
  /** Lines after this place; 0 for all. Default: 0. */
  after?: number;
  /** Lines to a page, 1 to 1,000; very long lines make a page shorter. Default: 1,000. */
  limit?: number;
}

export interface FollowLogsOptions {
  /** Lines after this place. Default: 0. */
  after?: number;
  /** Ends the following. */
  signal?: AbortSignal;
}

/** A node that cannot hold a request open for so long answers sooner, and is asked again. */
const WAIT_MS = 25_000;

export async function readLogs(
  { calls }: Client,
  runId: string,
  { after = 0, limit = LIMITS.logs.listLines }: LogsOfRunOptions = {},
): Promise<readonly RunLogLine[]> {
  const { lines } = await calls.logs({ runId, after, limit, waitMs: 0 });
  return lines.map(toRunLogLine);
}

export async function* followLogs(
  { calls }: Client,
  runId: string,
  { after = 0, signal }: FollowLogsOptions = {},
): AsyncGenerator<RunLogLine, void, undefined> {
  for (let isOver = false; !isOver && !signal?.aborted; ) {
    const page = await unlessAborted(
      calls.logs({ runId, after, limit: LIMITS.logs.listLines, waitMs: WAIT_MS }),
      signal,
    );
    if (page === undefined) return;
    for (const line of page.lines) {
      if (signal?.aborted) return;
      yield toRunLogLine(line);
      after = line.seq;
    }
    isOver = page.isOver;
  }
}

async function unlessAborted(asked: Promise<LogPage>, signal: AbortSignal | undefined): Promise<LogPage | undefined> {
  if (signal === undefined) return asked;
  const answered = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true, signal: answered.signal });
  });
  try {
    return await Promise.race([asked, aborted]);
  } finally {
    answered.abort();
  }
}

function toRunLogLine({ seq, at, level, source, message, properties, attempt }: StoredLogLine): RunLogLine {
  return { seq, at: new Date(at), level, source, message, properties, attempt };
}
