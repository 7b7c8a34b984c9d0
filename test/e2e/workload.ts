/** The tasks of the processes that are killed: every kind of thing that a run can be at when its process is gone. */
import { setTimeout as pause } from "node:timers/promises";
import {
  AbortTaskRunError,
  type AnyTask,
  batch,
  type RunTools,
  type StepTools,
  step,
  task,
  wait,
} from "../../src/sdk/index.ts";
import type { Effects } from "./effects.ts";

export const PLACES_OF_LIMITED = 2;

/** A process that is killed again and again may cost attempts of runs that did not get on; they have enough. */
const retry = { maxAttempts: 20, minTimeoutInMs: 20, maxTimeoutInMs: 50 };

/** Where a process may be made to end. */
export type Place = `in ${"a step" | "an undo"}, ${"before" | "after"} its effect`;

/**
 * A step with an effect, and a line when the code has its result.
 *
 * @param reach - Called at each place.
 */
export function createAct(effects: Effects, life: number, reach: (place: Place) => void) {
  return async function act<Result>(
    { ctx }: RunTools,
    name: string,
    result: Result,
    options: { fails?: boolean; undo?: () => unknown } = {},
  ): Promise<Result> {
    const at = { run: ctx.run.id, step: name, life };
    const perform = async ({ idempotencyKey }: StepTools) => {
      reach("in a step, before its effect");
      effects.add({ kind: "began", ...at, key: idempotencyKey });
      await pause(Math.random() * 40);
      reach("in a step, after its effect");
      if (!options.fails) return result;
      effects.add({ kind: "threw", ...at });
      throw new Error(`${name} failed`);
    };
    const undo = options.undo === undefined ? {} : { undo: options.undo };
    const given = await step.run(name, perform, { key: name, ...undo });
    effects.add({ kind: "given", ...at });
    return given;
  };
}

/**
 * @param life - Number of this process.
 * @param reach - Called at each place where the process may be made to end.
 */
export function createTasks(effects: Effects, life: number, reach: (place: Place) => void = () => undefined) {
  const act = createAct(effects, life, reach);

  const row = task({
    id: "row",
    retry,
    run: async (n: number, tools) => {
      let sum = n;
      for (const name of ["a", "b", "c", "d"]) sum = await act(tools, name, sum * 2 + 1);
      return sum;
    },
  });

  const waiting = task({
    id: "waiting",
    retry,
    run: async (n: number, tools) => {
      const before = await act(tools, "before", n);
      await wait.for({ milliseconds: 50 + (n % 5) * 100 });
      const [between, other] = await Promise.all([
        act(tools, "between", before + 1),
        wait.for("100ms").then(() => act(tools, "beside", before * 2)),
      ]);
      await wait.for("200ms");
      return act(tools, "after", [between, other]);
    },
  });

  const child = task({
    id: "child",
    retry,
    run: async ({ n, fails }: { n: number; fails: boolean }, tools) => {
      const doubled = await act(tools, "double", n * 2);
      await wait.for({ milliseconds: (n % 3) * 50 });
      if (fails) throw new AbortTaskRunError(`${n} is not wanted`);
      return act(tools, "add", doubled + 1);
    },
  });

  const parent = task({
    id: "parent",
    retry,
    run: async (n: number, tools) => {
      const first = await child.triggerAndWait({ n, fails: false }).unwrap();
      const seen = await act(tools, "look", first);
      const { runs } = await child.batchTriggerAndWait(
        [0, 1, 2].map((i) => ({ payload: { n: n + i, fails: i === 2 } })),
      );
      const mixed = await batch.triggerByTaskAndWait([{ task: row, payload: n }]);
      const results = [...runs, ...mixed.runs].map((result) => (result.ok ? result.output : result.error.message));
      return act(tools, "close", [seen, ...results]);
    },
  });

  const retried = task({
    id: "retried",
    retry,
    run: async (n: number, tools) => {
      const kept = await act(tools, "kept", n + 1);
      await wait.for("50ms");
      await act(tools, "shaky", n, { fails: tools.ctx.attempt.number < 3 });
      return act(tools, "end", kept);
    },
  });

  const undone = task({
    id: "undone",
    retry,
    run: async (n: number, tools) => {
      const undo = (name: string) => async () => {
        await pause(Math.random() * 20);
        reach("in an undo, before its effect");
        effects.add({ kind: "undid", run: tools.ctx.run.id, step: name, life });
        reach("in an undo, after its effect");
      };
      await act(tools, "book", n, { undo: undo("book") });
      await wait.for("100ms");
      await act(tools, "pay", n, { undo: undo("pay") });
      throw new AbortTaskRunError(`sold out ${n}`);
    },
  });

  const limited = task({
    id: "limited",
    retry,
    queue: { name: "limited", concurrencyLimit: PLACES_OF_LIMITED },
    run: async (n: number, tools) => {
      const at = { run: tools.ctx.run.id, life };
      effects.add({ kind: "entered", ...at });
      const result = await act(tools, "inside", n * 3);
      effects.add({ kind: "left", ...at });
      return result;
    },
  });

  return { row, waiting, parent, retried, undone, limited, child } satisfies Record<string, AnyTask>;
}
