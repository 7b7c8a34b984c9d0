import { sleep } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { StoredLogLine } from "../core/log-line.ts";
import type { Run } from "../core/run.ts";
import { isFinal } from "../core/run-state.ts";
import type { EngineDeps } from "./deps.ts";
import { getRun } from "./retrieve-run.ts";

export interface ReadLogs {
  readonly runId: string;
  readonly after: number;
  readonly limit: number;
  readonly waitMs: number;
}

/** How often we look for lines that another node may have stored. */
const LOOK_EVERY_MS = 500;
/** After the end of a run that another node may have executed, lines of it may still be on their way to the database. */
const SETTLE_MS = 2_000;

/**
 * Lines of a run after a place. Where there are none yet, those that come within `waitMs`, or none once the run is over.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`, `LOGS_OFF`, `LOGS_UNAVAILABLE`; `STOPPED` when the engine stops meanwhile.
 */
export async function readLogs(
  deps: EngineDeps,
  { waitMs, ...query }: ReadLogs,
): Promise<{ readonly lines: readonly StoredLogLine[]; readonly isOver: boolean }> {
  const { telemetry, env, lineNews, endings, store } = deps;
  if (telemetry === undefined) throw perdureError("LOGS_OFF");
  const until = env.monotonic() + waitMs;
  for (;;) {
    // Listening begins before the look, so that what comes between the two is heard.
    const [news, ending] = [lineNews.listen(query.runId), endings.listen(query.runId)];
    try {
      // The run first: a worker tells its last lines before the end.
      const run = await getRun(deps, query.runId);
      const { lines, isMore } = await telemetry.readLines(query);
      const isOver = !isMore && hasSettled(run, deps);
      const leftMs = until - env.monotonic();
      if (lines.length > 0 || isOver || leftMs <= 0) return { lines, isOver };
      const pauseMs = store.isSingleNode ? leftMs : Math.min(leftMs, LOOK_EVERY_MS);
      await sleep(env, pauseMs, isFinal(run.status) ? news.signal : AbortSignal.any([news.signal, ending.signal]));
      if (endings.isClosed) throw perdureError("STOPPED");
    } finally {
      news.stop();
      ending.stop();
    }
  }
}

function hasSettled({ status, finishedAt = 0 }: Run, { store }: EngineDeps): boolean {
  return isFinal(status) && (store.isSingleNode || store.now() - finishedAt >= SETTLE_MS);
}
