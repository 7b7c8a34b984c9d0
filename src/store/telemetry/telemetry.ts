import { type Env, sleep } from "../../core/env.ts";
import { perdureError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { LogLine, StoredLogLine } from "../../core/log-line.ts";
import { problemOf } from "../sqlite-errors.ts";
import { createLineBuffer } from "./line-buffer.ts";
import type { TelemetryVerbs } from "./verbs.ts";

/**
 * What runs said about themselves, apart from the facts: it may lose its last moment, and whatever happens to it, no run is slower or
 * ends otherwise. Lines today; spans would be a second table of the same file, taken and read in the same way.
 */
export interface Telemetry {
  /** Takes lines and returns at once. What cannot be stored is left out, with a line that says how many. */
  writeLines(lines: readonly LogLine[]): void;
  /** Lines of a run after the place `after`, those included that were taken before this call. @throws {PerdureError} `LOGS_UNAVAILABLE`. */
  readLines(query: { readonly runId: string; readonly after: number; readonly limit: number }): Promise<StoredPage>;
  /** Deletes what belongs to these runs. */
  deleteLines(runIds: readonly string[]): Promise<void>;
  /** Has `listener` called with runs of which lines have been stored. */
  onStored(listener: (runIds: readonly string[]) => void): void;
  /** Writes what was taken, for some seconds at most, and closes the file. */
  close(): Promise<void>;
}

export interface StoredPage {
  readonly lines: readonly StoredLogLine[];
  readonly isMore: boolean;
}

/** One database: `run` is one verb of `verbs.ts` in a transaction of its own, after those that were asked before. */
export interface TelemetryDriver {
  run(verb: string, params: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface TelemetryOptions {
  readonly env: Env;
  readonly environmentId: string;
  /** Lines older than this are deleted. Absent: none is for its age. */
  readonly maxAgeMs?: number;
  /** Beyond this many bytes of lines the oldest are deleted. */
  readonly maxBytes: number;
  readonly onProblem: (error: Error) => void;
}

/** Between two looks at what is too old or too much: so long, or so large a part of what may be kept. */
const PRUNE_EVERY_MS = 60_000;
const PRUNE_EVERY_PART = 1 / 20;
const PRUNE_LINES = 1_000;
/** So that a disk that is full is not tried with every line, nor told of. */
const PAUSE_MS = 5_000;
const TELL_EVERY_MS = 60_000;
const PATIENCE_MS = 5_000;
const PAGE_BYTES = 2 * 1024 * 1024;

export function createTelemetry(driver: TelemetryDriver, options: TelemetryOptions): Telemetry {
  const { env, environmentId, maxAgeMs, maxBytes, onProblem } = options;
  const buffer = createLineBuffer();
  const listeners = new Set<(runIds: readonly string[]) => void>();
  const waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  let isWriting = false;
  /** Lines that were stored or given up, and those of the batch that is being stored. */
  let settled = 0;
  let underWay = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  /** Characters of messages since the last look. */
  let writtenSince = 0;
  let prunedAt = Number.NEGATIVE_INFINITY;
  const toldAt = new Map<string, number>();
  return {
    writeLines,
    readLines,
    async deleteLines(runIds) {
      if (runIds.length > 0) await run("deleteLines", { environmentId, runIds }).catch(tell);
    },
    onStored: (listener) => void listeners.add(listener),
    close,
  };

  function run<Verb extends keyof TelemetryVerbs>(
    verb: Verb,
    params: Parameters<TelemetryVerbs[Verb]>[0],
  ): Promise<ReturnType<TelemetryVerbs[Verb]>> {
    return driver.run(verb, params) as Promise<ReturnType<TelemetryVerbs[Verb]>>;
  }

  function writeLines(lines: readonly LogLine[]): void {
    if (env.monotonic() < pausedUntil) buffer.leaveOut(lines);
    else buffer.add(lines);
    // In a turn of its own: lines of one turn are one transaction, and whoever hands them over goes on.
    if (isWriting || buffer.length === 0) return;
    isWriting = true;
    env.turn(() => void writeAll());
  }

  /** Resolves when every line that was taken so far is stored or given up. */
  function untilSettled(): Promise<void> {
    const until = settled + underWay + buffer.length;
    return new Promise((resolve) => {
      waiting.push({ until, resolve });
      tellSettled();
    });
  }

  function tellSettled(): void {
    while (waiting[0] !== undefined && waiting[0].until <= settled) waiting.shift()?.resolve();
  }

  /** One batch after the other, until nothing waits. Never rejects. */
  async function writeAll(): Promise<void> {
    while (buffer.length > 0) {
      await writeBatch();
      tellSettled();
      if (isPruneDue()) await prune();
    }
    isWriting = false;
  }

  async function writeBatch(): Promise<void> {
    const lines = buffer.takeBatch();
    underWay = lines.length;
    writtenSince += lines.reduce((sum, { message }) => sum + message.length, 0);
    try {
      await run("appendLines", { environmentId, lines: JSON.stringify(lines), linesPerRun: LIMITS.logs.linesPerRun });
      const runIds = [...new Set(lines.map(({ runId }) => runId))];
      for (const listener of listeners) listener(runIds);
    } catch (error) {
      pausedUntil = env.monotonic() + PAUSE_MS;
      const given = buffer.takeAll();
      buffer.leaveOut([...lines, ...given]);
      settled += given.length;
      tell(error);
    }
    settled += underWay;
    underWay = 0;
  }

  async function readLines(query: { runId: string; after: number; limit: number }): Promise<StoredPage> {
    await untilSettled();
    return run("readLines", { environmentId, ...query, maxBytes: PAGE_BYTES }).catch((error: unknown) => {
      throw perdureError("LOGS_UNAVAILABLE", { problem: sentenceOf(error) }, { cause: error });
    });
  }

  function isPruneDue(): boolean {
    return env.monotonic() - prunedAt >= PRUNE_EVERY_MS || writtenSince >= maxBytes * PRUNE_EVERY_PART;
  }

  async function prune(): Promise<void> {
    prunedAt = env.monotonic();
    writtenSince = 0;
    let trimmed = { lines: 0, bytes: 0 };
    try {
      for (let isMore = true; isMore; ) {
        const before = maxAgeMs === undefined ? 0 : env.now() - maxAgeMs;
        const gone = await run("pruneLines", { environmentId, before, maxBytes, limit: PRUNE_LINES });
        trimmed = { lines: trimmed.lines + gone.trimmed.lines, bytes: trimmed.bytes + gone.trimmed.bytes };
        isMore = gone.isMore;
      }
    } catch (error) {
      tell(error);
    }
    if (trimmed.lines > 0) tellOnce(perdureError("LOGS_TRIMMED", { ...trimmed, limit: maxBytes }));
  }

  function tell(error: unknown): void {
    tellOnce(perdureError("LOGS_LOST", { problem: sentenceOf(error) }, { cause: error }));
  }

  /** Of the same trouble once in a while: it may come with every line. */
  function tellOnce(error: Error & { readonly code: string }): void {
    const now = env.monotonic();
    if (now - (toldAt.get(error.code) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    toldAt.set(error.code, now);
    onProblem(error);
  }

  async function close(): Promise<void> {
    const isDone = new AbortController();
    const done = untilSettled().then(() => isDone.abort());
    await Promise.race([done, sleep(env, PATIENCE_MS, isDone.signal)]);
    await driver.close().catch(tell);
  }
}

/** To stand within a sentence. */
function sentenceOf(error: unknown): string {
  return problemOf(error).replace(/\.$/, "");
}
