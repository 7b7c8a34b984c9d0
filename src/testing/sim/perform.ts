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
import { createDigest } from "./digest.ts";
import {
  performInterval,
  performLook,
  performRequests,
  performStream,
  performTimer,
  performTwins,
} from "./perform-effects.ts";
import {
  type Came,
  type Child,
  type ChildSeen,
  type Operation,
  type Outcome,
  type Program,
  recordsEffects,
  TASK_NAMES,
  TASKS,
  type TaskName,
} from "./program.ts";
import { branchOf, type Hands, type Stage, tell } from "./stage.ts";

/** What the code had seen when it came to a step. */
export interface Sight {
  readonly sight: string;
  readonly trail: string;
}

/** The tasks of one process. */
export function createSimTasks(hands: Hands): Readonly<Record<TaskName, AnyTask>> {
  const tasks = {} as Record<TaskName, AnyTask>;
  for (const name of TASK_NAMES) {
    tasks[name] = task({
      id: name,
      retry: { maxAttempts: 3, minTimeoutInMs: 500, maxTimeoutInMs: 5_000 },
      ...TASKS[name],
      run: (program: Program, { ctx }) => performAll(program, newStage({ hands, tasks, ctx })),
    });
  }
  return tasks;
}

function newStage(given: Pick<Stage, "hands" | "tasks" | "ctx">): Stage {
  return { ...given, execution: given.hands.fresh(), sight: createDigest(), trail: createDigest() };
}

async function performAll(program: Program, stage: Stage): Promise<Outcome> {
  const outcome: Came[] = [];
  for (const operation of program) {
    const came = await perform(operation, stage);
    stage.trail.fold(JSON.stringify(came));
    outcome.push(came);
  }
  return outcome;
}

async function perform(operation: Operation, stage: Stage): Promise<Came> {
  const { at } = operation;
  const { hands, tasks, ctx, sight } = stage;
  switch (operation.op) {
    case "step": {
      const made = await performStep(operation, stage);
      sight.fold(`step ${at} ${made}`);
      return { at, step: made };
    }
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
    case "fire": {
      const fired = await fire(operation.children, stage);
      sight.fold(`fired ${at} ${fired.join()}`);
      return { at, fired };
    }
    case "fire in step": {
      const made = await step.run(at, async () => (await fire([operation.child], stage)).join());
      sight.fold(`step ${at} ${made}`);
      return { at, step: made };
    }
    case "all": {
      const branches = operation.branches.map((branch) => performAll(branch, branchOf(stage)));
      return { at, branches: await Promise.all(branches) };
    }
    case "race":
      return Promise.race(
        operation.branches.map(async (branch, won) => ({ at, won, came: await perform(branch, branchOf(stage)) })),
      );
    case "try":
      try {
        return { at, tried: await performAll(operation.body, stage) };
      } catch (error) {
        const caught = (error as Error).message;
        sight.fold(`caught ${at} ${caught}`);
        return { at, caught };
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
    case "request":
      return { at, heard: await performRequests(operation, stage) };
    case "twins":
      return { at, heard: await performTwins(operation, stage) };
    case "stream":
      return { at, ...(await performStream(operation, stage, () => performAll(operation.body, stage))) };
    case "timer":
      await performTimer(operation, stage);
      return { at, done: true };
    case "interval":
      await performInterval(operation, stage);
      return { at, done: true };
    case "look":
      return { at, drew: performLook(operation, stage) };
  }
}

function performStep({ at, ms, key, fails, undo }: Extract<Operation, { op: "step" }>, stage: Stage): Promise<string> {
  const { hands, ctx } = stage;
  if (recordsEffects(ctx.task.id))
    tell(stage, at, "sight", { sight: stage.sight.text, trail: stage.trail.text } satisfies Sight);
  const execute = async () => {
    const made = `${at}=${hands.fresh()}`;
    tell(stage, at, "step", made);
    await hands.sleep(ms);
    if (ctx.attempt.number <= fails) throw new Error(`step ${at} fails`);
    return made;
  };
  const takeBack = async (result: string | undefined) => {
    tell(stage, at, "undo", result);
    await hands.sleep(10);
    if (undo === "fails") throw new Error(`undo of ${at} fails`);
  };
  return step.run(at, execute, {
    ...(key === undefined ? {} : { key }),
    ...(undo === undefined ? {} : { undo: takeBack }),
  });
}

async function performWait({ op, at, ms }: Extract<Operation, { op: "wait" | "until" }>, stage: Stage): Promise<void> {
  tell(stage, at, "wait asked");
  if (op === "wait") await wait.for({ milliseconds: ms });
  else await wait.until(new Date(stage.ctx.run.createdAt.getTime() + ms));
  stage.sight.fold(`wait ${at}`);
  tell(stage, at, "wait over");
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

function seeChildren(stage: Stage, at: string, results: readonly TaskRunResult[]): readonly ChildSeen[] {
  const seen = results.map((result) =>
    result.ok
      ? { id: result.id, ok: true, output: result.output }
      : { id: result.id, ok: false, error: result.error.message },
  );
  stage.sight.fold(`children ${at} ${JSON.stringify(seen)}`);
  tell(stage, at, "child seen", seen);
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
