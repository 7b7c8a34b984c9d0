import { type Env, sleep } from "../core/env.ts";
import { isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import type { Engine } from "../engine/index.ts";
import type { CrewReport } from "./crew-report.ts";

export interface ReadinessOptions {
  readonly env: Env;
  readonly engine: Pick<Engine, "checkStore">;
  readonly crew: () => CrewReport | undefined;
}

/** Whether a node does its work. */
export interface Readiness {
  /** What keeps it from that; nothing when it is ready. */
  problems(): Promise<readonly PerdureError[]>;
  /** It takes its leave: not ready from here on. */
  noteStopping(): void;
}

/** Longer than any commit on a disk that is well. */
const PATIENCE_MS = 2_000;
/** Whoever asks more often is given the last answer: a check costs a commit. */
const FRESH_MS = 1_000;

export function createReadiness({ env, engine, crew }: ReadinessOptions): Readiness {
  let isStopping = false;
  let last: { readonly at: number; readonly problem: Promise<PerdureError | undefined> } | undefined;
  return {
    async problems() {
      if (isStopping) return [perdureError("STOPPING")];
      const store = await storeProblem();
      const workers = crewProblem(crew());
      return [store, workers].filter((problem) => problem !== undefined);
    },
    noteStopping() {
      isStopping = true;
    },
  };

  /** One check at a time: behind a disk that hangs, others would only queue up. */
  function storeProblem(): Promise<PerdureError | undefined> {
    const now = env.monotonic();
    if (last === undefined || now - last.at >= FRESH_MS) {
      const problem = checkStore();
      last = { at: Number.POSITIVE_INFINITY, problem };
      void problem.then(() => {
        last = { at: env.monotonic(), problem };
      });
    }
    return inTime(last.problem);
  }

  async function checkStore(): Promise<PerdureError | undefined> {
    try {
      await engine.checkStore();
      return undefined;
    } catch (error) {
      if (isPerdureError(error)) return error;
      const problem = error instanceof Error ? error.message : String(error);
      return perdureError("INTERNAL", { problem }, { cause: error });
    }
  }

  async function inTime(problem: Promise<PerdureError | undefined>): Promise<PerdureError | undefined> {
    const isAnswered = new AbortController();
    const tooLate = sleep(env, PATIENCE_MS, isAnswered.signal).then(() =>
      perdureError("STORE_UNAVAILABLE", { problem: `it has not answered within ${PATIENCE_MS} ms` }),
    );
    const first = await Promise.race([problem, tooLate]);
    isAnswered.abort();
    return first;
  }
}

/** Older versions may wait for their processes; without those of the current one nothing new begins. */
function crewProblem(report: CrewReport | undefined): PerdureError | undefined {
  if (report === undefined) return undefined;
  const pool = report.pools.find(({ version }) => version === report.current);
  if (pool?.failing !== undefined) return pool.failing;
  if (pool?.workers.some(({ isReady }) => isReady)) return undefined;
  return perdureError("WORKERS_NOT_READY", { version: report.current });
}
