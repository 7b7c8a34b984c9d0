import {
  AbortTaskRunError,
  type AnyTask,
  batch,
  metadata,
  RetryAfterError,
  type RunContext,
  step,
  type TaskRunResult,
  tags,
  task,
  wait,
} from "../../sdk/index.ts";
import type { Deed } from "./history.ts";
import {
  type Came,
  type Child,
  type ChildSeen,
  type Operation,
  type Outcome,
  type Program,
  TASK_NAMES,
  TASKS,
  type TaskName,
} from "./program.ts";

/** What the code of simulated runs can do in its process beside calling the SDK. */
export interface Hands {
  sleep(ms: number): Promise<void>;
  /** Takes the process down. */
  die(): void;
  /** Says what was done or seen, to the history, unless the process is dead. */
  tell(runId: string, place: string, kind: Deed["kind"], seen?: unknown): void;
  /** A number that was never given before: no two executions of a step return the same. */
  fresh(): number;
}

/** The tasks of one process. */
export function createSimTasks(hands: Hands): Readonly<Record<TaskName, AnyTask>> {
  const tasks = {} as Record<TaskName, AnyTask>;
  for (const name of TASK_NAMES) {
    tasks[name] = task({
      id: name,
      retry: { maxAttempts: 3, minTimeoutInMs: 500, maxTimeoutInMs: 5_000 },
      ...TASKS[name],
      run: (program: Program, { ctx }) => performAll(program, { hands, tasks, ctx }),
    });
  }
  return tasks;
}

interface Stage {
  readonly hands: Hands;
  readonly tasks: Readonly<Record<TaskName, AnyTask>>;
  readonly ctx: RunContext;
}

async function performAll(program: Program, stage: Stage): Promise<Outcome> {
  const outcome: Came[] = [];
  for (const operation of program) outcome.push(await perform(operation, stage));
  return outcome;
}

async function perform(operation: Operation, stage: Stage): Promise<Came> {
  const { at } = operation;
  const { hands, tasks, ctx } = stage;
  switch (operation.op) {
    case "step":
      return { at, step: await performStep(operation, stage) };
    case "wait":
    case "until":
      await performWait(operation, stage);
      return { at, done: true };
    case "child": {
      const { task: name, program, options } = operation.child;
      const promise = tasks[name].triggerAndWait(program, options);
      const seen = seeChildren(stage, at, [await promise]);
      if (operation.unwrap) await promise.unwrap();
      return { at, children: seen };
    }
    case "batch":
      return { at, children: seeChildren(stage, at, await performBatch(operation, stage)) };
    case "fire":
      return { at, fired: await fire(operation.children, stage) };
    case "fire in step":
      return { at, step: await step.run(at, async () => (await fire([operation.child], stage)).join()) };
    case "all":
      return { at, branches: await Promise.all(operation.branches.map((branch) => performAll(branch, stage))) };
    case "race":
      return Promise.race(
        operation.branches.map(async (branch, won) => ({ at, won, came: await perform(branch, stage) })),
      );
    case "try":
      try {
        return { at, tried: await performAll(operation.body, stage) };
      } catch (error) {
        return { at, caught: (error as Error).message };
      }
    case "throw":
      if (ctx.attempt.number <= operation.attempts) throw errorAt(operation, ctx);
      return { at, done: true };
    case "poison":
      if (ctx.attempt.number > operation.attempts) return { at, done: true };
      hands.die();
      return new Promise(() => undefined);
    case "note":
      metadata.increment("notes").append("places", at);
      await tags.add(`note ${at.length % 3}`);
      return { at, done: true };
    case "work":
      await hands.sleep(operation.ms);
      return { at, done: true };
  }
}

function performStep(
  { at, ms, key, fails, undo }: Extract<Operation, { op: "step" }>,
  { hands, ctx }: Stage,
): Promise<string> {
  const execute = async () => {
    const made = `${at}=${hands.fresh()}`;
    hands.tell(ctx.run.id, at, "step", made);
    await hands.sleep(ms);
    if (ctx.attempt.number <= fails) throw new Error(`step ${at} fails`);
    return made;
  };
  const takeBack = async (result: string | undefined) => {
    hands.tell(ctx.run.id, at, "undo", result);
    await hands.sleep(10);
    if (undo === "fails") throw new Error(`undo of ${at} fails`);
  };
  return step.run(at, execute, {
    ...(key === undefined ? {} : { key }),
    ...(undo === undefined ? {} : { undo: takeBack }),
  });
}

async function performWait(
  { op, at, ms }: Extract<Operation, { op: "wait" | "until" }>,
  { hands, ctx }: Stage,
): Promise<void> {
  hands.tell(ctx.run.id, at, "wait asked");
  if (op === "wait") await wait.for({ milliseconds: ms });
  else await wait.until(new Date(ctx.run.createdAt.getTime() + ms));
  hands.tell(ctx.run.id, at, "wait over");
}

async function performBatch(
  { children, how }: Extract<Operation, { op: "batch" }>,
  { tasks }: Stage,
): Promise<readonly TaskRunResult[]> {
  const items = children.map(({ task: name, program, options }) => ({ task: tasks[name], payload: program, options }));
  if (how === "by task") return (await batch.triggerByTaskAndWait(items)).runs as readonly TaskRunResult[];
  return (await (items[0] as (typeof items)[0]).task.batchTriggerAndWait(items.map(({ task: _, ...item }) => item)))
    .runs;
}

async function fire(children: readonly Child[], { tasks }: Stage): Promise<readonly string[]> {
  const [only] = children;
  if (only === undefined) return [];
  if (children.length === 1) return [(await tasks[only.task].trigger(only.program, only.options)).id];
  const items = children.map(({ program, options }) => ({ payload: program, options }));
  return (await tasks[only.task].batchTrigger(items)).runs.map(({ id }) => id);
}

function seeChildren({ hands, ctx }: Stage, at: string, results: readonly TaskRunResult[]): readonly ChildSeen[] {
  const seen = results.map((result) =>
    result.ok
      ? { id: result.id, ok: true, output: result.output }
      : { id: result.id, ok: false, error: result.error.message },
  );
  hands.tell(ctx.run.id, at, "child seen", seen);
  return seen;
}

function errorAt({ at, how }: Extract<Operation, { op: "throw" }>, { run, attempt }: RunContext): Error {
  switch (how) {
    case "error":
      return new Error(`thrown at ${at}`);
    case "abort":
      return new AbortTaskRunError(`aborted at ${at}`);
    case "retry later":
      return new RetryAfterError(`later at ${at}`, new Date(run.createdAt.getTime() + attempt.number * 12_000));
  }
}
