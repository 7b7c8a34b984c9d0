import { resolve } from "node:path";
import type { WorkerCalls } from "../../src/protocol/worker-calls.ts";
import { createRegistry } from "../../src/worker/index.ts";
import { startNodeWithPool } from "../e2e/node-with-pool.ts";
import * as tasks from "./program-tasks.ts";

type Started = Awaited<ReturnType<typeof startNodeWithPool>>;

/** A node whose worker processes are killed for real, when the runs have recorded so many entries. */
export async function startMortalPool() {
  let left = Number.POSITIVE_INFINITY;
  let written = 0;
  let kills = 0;
  const started: Started = await startNodeWithPool({
    module: resolve(import.meta.dirname, "program-tasks.ts"),
    manifests: createRegistry(Object.values(tasks)).manifests,
    // What was on its way when the process died must not come back to a living one by a lease that runs out.
    between: (calls) => ({
      ...calls,
      record: (input) => thenDie(calls.record(input), input),
      park: (input) => thenDie(calls.park(input), input),
      triggerFrom: (input) => thenDie(calls.triggerFrom(input), input),
    }),
  });

  /** The entries are on disk, and nobody hears of it any more. */
  async function thenDie<Answer>(
    answer: Promise<Answer>,
    input: Parameters<WorkerCalls["record"]>[0],
  ): Promise<Answer> {
    const given = await answer;
    const { entries } = input.append;
    written += entries.length;
    if (left > 0 && left <= entries.length) {
      kills++;
      for (const { pid } of started.pool.processes) process.kill(pid, "SIGKILL");
    }
    left -= entries.length;
    return given;
  }

  return {
    ...started,
    /** Runs a task to its end, killing its process once. @param after - After so many entries; without it nobody is killed. */
    async perform(task: string, payload: unknown, after?: number) {
      const before = { written, kills };
      left = after ?? Number.POSITIVE_INFINITY;
      const outcome = await started.ended(await started.trigger(task, payload));
      left = Number.POSITIVE_INFINITY;
      return { ...outcome, entries: written - before.written, wasKilled: kills > before.kills };
    },
  };
}
