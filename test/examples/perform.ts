/** An example's tasks as a server executes them: in a worker process, which can be killed, on a real node. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { decodeValue } from "../../src/core/codec.ts";
import type { RunEvent } from "../../src/core/run.ts";
import type { PoolOptions } from "../../src/pool/index.ts";
import type { AnyTask } from "../../src/sdk/index.ts";
import { createRegistry } from "../../src/worker/index.ts";
import { writeProject } from "../build/write-project.ts";
import { startNodeWithPool } from "../e2e/node-with-pool.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LIST_LIMIT = 100;
/** Between two looks at the run. */
const LOOK_MS = 100;

export interface Performing {
  /** Its file in the folder of the examples. */
  readonly file: string;
  readonly tasks: readonly AnyTask[];
  /** The task that is triggered. */
  readonly task: AnyTask;
  readonly payload: unknown;
  /** What the tasks find in their environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The worker process is killed when entries have been written so many times, to whichever journal. Default: never. */
  readonly killAfterWrites?: number;
  /** Called before anything happens, with what kills the worker process. */
  readonly lieInWait?: (kill: () => void) => void;
  /** Called between the kill and the continuation. */
  readonly onKilled?: () => void;
  readonly timeoutMs?: number;
}

export interface Performance {
  readonly status: string;
  readonly attempt: number;
  readonly output: unknown;
  /** The run's, as it was seen from outside one after the other. */
  readonly metadata: readonly Readonly<Record<string, unknown>>[];
  readonly events: readonly Pick<RunEvent, "kind" | "details">[];
  /** Kinds of the entries that were written together, for each write: `head body end`. */
  readonly writes: readonly string[];
  /** Processes that were killed. */
  readonly kills: number;
  /** How many runs there are of each task in each status: `read-story completed`. */
  readonly runs: Readonly<Record<string, number>>;
}

/** Triggers the task and waits for its end. */
export async function perform(performing: Performing): Promise<Performance> {
  const { tasks, task, payload, variables = {}, killAfterWrites, lieInWait, onKilled } = performing;
  const writes: string[] = [];
  let kills = 0;
  const { manifests } = createRegistry(tasks);
  const started = await startNodeWithPool({
    manifests,
    tasks: manifests.map(({ id }) => id),
    module: placeExample(performing.file),
    variableNames: Object.keys(variables),
    environment: variables,
    between: (calls) => counting(calls, note),
  });
  try {
    lieInWait?.(kill);
    const runId = await started.trigger(task.id, payload);
    const { calls } = started.node;
    const deadline = Date.now() + (performing.timeoutMs ?? 60_000);
    let run = await calls.awaitRun({ runId, waitMs: LOOK_MS });
    const metadata = new Set<string>();
    while (run.finishedAt === undefined && Date.now() < deadline) {
      if (run.metadata !== undefined) metadata.add(run.metadata);
      run = await calls.awaitRun({ runId, waitMs: LOOK_MS });
    }
    if (run.metadata !== undefined) metadata.add(run.metadata);
    if (started.seen.problems.length > 0) throw started.seen.problems[0];
    const { events } = await calls.events({ runId, afterSeq: 0, limit: 1_000 });
    return {
      status: run.status,
      attempt: run.attempt,
      output: run.output === undefined ? undefined : decodeValue(run.output),
      metadata: [...metadata].map((text) => JSON.parse(text)),
      events,
      writes,
      kills,
      runs: await countRuns(calls),
    };
  } finally {
    await started.stop();
  }

  function note(kinds: readonly string[]): void {
    writes.push(kinds.join(" "));
    if (writes.length === killAfterWrites) kill();
  }

  function kill(): void {
    const worker = started.pool.processes.find(({ isAlone }) => !isAlone);
    if (kills > 0 || worker === undefined) return;
    process.kill(worker.pid, "SIGKILL");
    kills++;
    onKilled?.();
  }
}

/**
 * In a project of its own, which finds Perdure and the packages as any project does. It lies in the folder that the worker processes are
 * started in, as projects do: places in the code are told from there.
 */
function placeExample(file: string): string {
  mkdirSync(join(ROOT, ".data"), { recursive: true });
  const root = mkdtempSync(join(ROOT, ".data/example-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeProject(root, {
    "node_modules/perdure/package.json": JSON.stringify({
      name: "perdure",
      type: "module",
      exports: { ".": "./src/sdk/index.ts", "./embedded": "./src/embedded/index.ts" },
    }),
  });
  for (const name of ["node-html-parser", "resend"])
    symlinkSync(join(ROOT, "node_modules", name), join(root, "node_modules", name), "junction");
  mkdirSync(join(root, "examples"));
  for (const each of ["servers", file])
    cpSync(join(ROOT, "examples", each), join(root, "examples", each), { recursive: true });
  return join(root, "examples", file);
}

/** Tells the kinds of entries that are on disk, before their worker hears that they are. */
function counting(calls: PoolOptions["calls"], note: (kinds: readonly string[]) => void): PoolOptions["calls"] {
  const told =
    <Input extends { append: { entries: readonly { kind: string }[] } }, Answer>(
      call: (input: Input) => Promise<Answer>,
    ) =>
    async (input: Input): Promise<Answer> => {
      const answer = await call(input);
      if (input.append.entries.length > 0) note(input.append.entries.map(({ kind }) => kind));
      return answer;
    };
  return {
    ...calls,
    record: told(calls.record),
    triggerFrom: told(calls.triggerFrom),
    park: told(calls.park),
    finish: told(calls.finish),
  };
}

async function countRuns(calls: PoolOptions["calls"]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  let after: string | undefined;
  do {
    const page = await calls.list({ limit: LIST_LIMIT, ...(after === undefined ? {} : { after }) });
    for (const { task, status } of page.runs) counts[`${task} ${status}`] = (counts[`${task} ${status}`] ?? 0) + 1;
    after = page.next;
  } while (after !== undefined);
  return counts;
}
