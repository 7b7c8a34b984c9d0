/** What is done with lines, as generators that yield SQL: one text for both databases. */
import type { LogLine, StoredLogLine } from "../../core/log-line.ts";
import { chunks, joined } from "../literals.ts";
import { forUpdate, rows, sql } from "../sql.ts";
import type { Row, Statements, VerbContext, VerbTable } from "../verb.ts";

interface In {
  readonly environmentId: string;
}

export interface TelemetryVerbs {
  /** `lines` is a JSON list of `LogLine`: as one text they cost a fifth on their way to the thread that stores them. */
  appendLines(params: In & { readonly lines: string; readonly linesPerRun: number }): void;
  readLines(params: In & { runId: string; after: number; limit: number; maxBytes: number }): {
    readonly lines: readonly StoredLogLine[];
    readonly isMore: boolean;
  };
  deleteLines(params: In & { readonly runIds: readonly string[] }): void;
  /** Deletes, of the `limit` oldest lines, those from before `before` and those that are too much; the latter are counted as trimmed. */
  pruneLines(params: In & { readonly before: number; readonly maxBytes: number; readonly limit: number }): {
    readonly trimmed: { readonly lines: number; readonly bytes: number };
    readonly isMore: boolean;
  };
}

type Params<Verb extends keyof TelemetryVerbs> = Parameters<TelemetryVerbs[Verb]>[0];
type Result<Verb extends keyof TelemetryVerbs> = Statements<ReturnType<TelemetryVerbs[Verb]>>;

interface SealedLine extends LogLine {
  readonly content: Uint8Array;
  readonly bytes: number;
}

/** Of a row beside its content, about. */
const ROW_BYTES = 100;
const COUNTS = { run_id: "text", lines: "bigint", bytes: "bigint", last_at: "bigint" } as const;

/** Rows of `log_runs` are taken in the order of their ids by every verb, so that no two nodes wait for each other. */
function* appendLines(
  { environmentId, lines, linesPerRun }: Params<"appendLines">,
  { seal }: VerbContext,
): Result<"appendLines"> {
  const sealed = (JSON.parse(lines) as LogLine[]).map((line): SealedLine => {
    const content = seal.close(JSON.stringify({ message: line.message, properties: line.properties }));
    return { ...line, content, bytes: content.length + ROW_BYTES };
  });
  const placed = yield sql`
    insert into log_runs (environment_id, run_id, last_seq, lines, bytes, last_at)
    select ${environmentId}, added.run_id, added.lines, added.lines, added.bytes, added.last_at
    from ${rows(countsOf(sealed), COUNTS)} as added where true order by added.run_id
    on conflict (environment_id, run_id) do update set
      last_seq = log_runs.last_seq + excluded.lines,
      lines = log_runs.lines + excluded.lines,
      bytes = log_runs.bytes + excluded.bytes,
      last_at = excluded.last_at
    returning run_id, last_seq, lines`;
  yield* insertLines(environmentId, sealed, placed);
  for (const row of placed) {
    if ((row["lines"] as number) > linesPerRun)
      yield* deleteUpTo(environmentId, row["run_id"] as string, (row["last_seq"] as number) - linesPerRun);
  }
}

function countsOf(lines: readonly SealedLine[]) {
  const counts = new Map<string, { run_id: string; lines: number; bytes: number; last_at: number }>();
  for (const { runId, bytes, at } of lines) {
    const count = counts.get(runId) ?? { run_id: runId, lines: 0, bytes: 0, last_at: at };
    counts.set(runId, { ...count, lines: count.lines + 1, bytes: count.bytes + bytes, last_at: at });
  }
  return [...counts.values()];
}

function* insertLines(environmentId: string, lines: readonly SealedLine[], placed: readonly Row[]): Statements<void> {
  const next = new Map(placed.map((row) => [row["run_id"], (row["last_seq"] as number) + 1]));
  for (const { runId } of lines) next.set(runId, (next.get(runId) ?? 0) - 1);
  for (const chunk of chunks(lines)) {
    const tuples = chunk.map(({ runId, at, attempt, epoch, level, source, content, bytes }) => {
      const seq = next.get(runId) as number;
      next.set(runId, seq + 1);
      return sql`(${environmentId}, ${runId}, ${seq}, ${at}, ${attempt}, ${epoch}, ${level}, ${source}, ${content}, ${bytes})`;
    });
    yield sql`
      insert into log_lines (environment_id, run_id, seq, at, attempt, epoch, level, source, content, bytes)
      values ${joined(tuples)}`;
  }
}

/** The first lines of a run make room for its last. */
function* deleteUpTo(environmentId: string, runId: string, seq: number): Statements<void> {
  const gone = yield sql`
    delete from log_lines where environment_id = ${environmentId} and run_id = ${runId} and seq <= ${seq} returning run_id, bytes`;
  yield* subtract(environmentId, gone);
}

function* subtract(environmentId: string, gone: readonly Row[]): Statements<void> {
  const counts = new Map<string, { run_id: string; lines: number; bytes: number }>();
  for (const row of gone) {
    const run_id = row["run_id"] as string;
    const { lines, bytes } = counts.get(run_id) ?? { lines: 0, bytes: 0 };
    counts.set(run_id, { run_id, lines: lines + 1, bytes: bytes + (row["bytes"] as number) });
  }
  if (counts.size === 0) return;
  yield sql`
    update log_runs set lines = log_runs.lines - gone.lines, bytes = log_runs.bytes - gone.bytes
    from ${rows([...counts.values()], { run_id: "text", lines: "bigint", bytes: "bigint" })} as gone
    where log_runs.environment_id = ${environmentId} and log_runs.run_id = gone.run_id`;
}

/** In two statements, so that a page of long lines is not read before it is known to be too long. */
function* readLines(
  { environmentId, runId, after, limit, maxBytes }: Params<"readLines">,
  { seal }: VerbContext,
): Result<"readLines"> {
  const found = yield sql`
    select seq, bytes from log_lines
    where environment_id = ${environmentId} and run_id = ${runId} and seq > ${after} order by seq limit 1 + ${limit}`;
  const last = lastOfPage(found, limit, maxBytes);
  if (last === undefined) return { lines: [], isMore: false };
  const page = yield sql`
    select seq, at, attempt, epoch, level, source, content from log_lines
    where environment_id = ${environmentId} and run_id = ${runId} and seq > ${after} and seq <= ${last} order by seq`;
  const lines = page.map((row): StoredLogLine => {
    const { seq, at, attempt, epoch, level, source } = row;
    const content = JSON.parse(seal.open(row["content"] as Uint8Array)) as Pick<
      StoredLogLine,
      "message" | "properties"
    >;
    return { seq, at, attempt, epoch, level, source, ...content } as StoredLogLine;
  });
  return { lines, isMore: found.at(-1)?.["seq"] !== last };
}

/** At least one line, however long. */
function lastOfPage(found: readonly Row[], limit: number, maxBytes: number): number | undefined {
  let bytes = 0;
  let last: number | undefined;
  for (const row of found.slice(0, limit)) {
    bytes += row["bytes"] as number;
    if (last !== undefined && bytes > maxBytes) break;
    last = row["seq"] as number;
  }
  return last;
}

function* deleteLines({ environmentId, runIds }: Params<"deleteLines">): Result<"deleteLines"> {
  yield* lockRuns(environmentId, runIds);
  yield sql`delete from log_lines where environment_id = ${environmentId} and run_id in (${runIds})`;
  yield sql`delete from log_runs where environment_id = ${environmentId} and run_id in (${runIds})`;
}

function* pruneLines({ environmentId, before, maxBytes, limit }: Params<"pruneLines">): Result<"pruneLines"> {
  const [sums] = yield sql`select sum(bytes) as bytes from log_runs where environment_id = ${environmentId}`;
  const oldest = yield sql`
    select run_id, seq, at, bytes from log_lines
    where environment_id = ${environmentId} order by at, run_id, seq limit 0 + ${limit}`;
  const { chosen, trimmed } = chooseLines(oldest, before, Number(sums?.["bytes"] ?? 0) - maxBytes);
  if (chosen.length > 0) {
    yield* lockRuns(environmentId, [...new Set(chosen.map((row) => row["run_id"] as string))]);
    const places = chosen.map((row) => ({ run_id: row["run_id"] as string, seq: row["seq"] as number }));
    yield* subtract(
      environmentId,
      yield sql`
        delete from log_lines where environment_id = ${environmentId}
          and (run_id, seq) in (select run_id, seq from ${rows(places, { run_id: "text", seq: "bigint" })} as gone)
        returning run_id, bytes`,
    );
  }
  // A run whose lines are all gone for their age is not read any more; its count went on until then.
  yield sql`delete from log_runs where environment_id = ${environmentId} and lines = 0 and last_at < ${before}`;
  return { trimmed, isMore: chosen.length === limit };
}

/** @param excess - Bytes that are too much. */
function chooseLines(oldest: readonly Row[], before: number, excess: number) {
  const chosen: Row[] = [];
  let trimmed = { lines: 0, bytes: 0 };
  let left = excess;
  for (const row of oldest) {
    const bytes = row["bytes"] as number;
    const isOld = (row["at"] as number) < before;
    if (!isOld && left <= 0) break;
    chosen.push(row);
    left -= bytes;
    if (!isOld) trimmed = { lines: trimmed.lines + 1, bytes: trimmed.bytes + bytes };
  }
  return { chosen, trimmed };
}

function* lockRuns(environmentId: string, runIds: readonly string[]): Statements<void> {
  yield sql`
    select run_id from log_runs
    where environment_id = ${environmentId} and run_id in (${runIds}) order by run_id ${forUpdate}`;
}

/** All of them run where the writing is done: reads find what was taken before them, and none keeps the main thread. */
export const writes: VerbTable = { appendLines, readLines, deleteLines, pruneLines } satisfies Record<
  keyof TelemetryVerbs,
  unknown
>;
