import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  batch,
  defineConfig,
  type EffectOptions,
  type RunHandle,
  type RunObject,
  runs,
  schemaTask,
  type TaskOutput,
  type TaskPayload,
  task,
  tasks,
} from "../src/sdk/index.ts";
import type { TestPerdure } from "../src/testing/index.ts";

const square = task({ id: "square", run: async (n: number) => ({ squared: n * n }) });
const greet = task({ id: "greet", run: (_: undefined, { ctx }) => `run ${ctx.run.id}` });
const checked = schemaTask({
  id: "checked",
  schema: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
  run: ({ at }) => at.getTime(),
});

/** Never called: only its types are looked at. */
async function program(perdure: TestPerdure) {
  return {
    handle: await square.trigger(2),
    retrieved: await runs.retrieve(await square.trigger(2)),
    unwrapped: await square.triggerAndWait(2).unwrap(),
    waited: await square.triggerAndWait(2),
    mixed: await batch.triggerByTaskAndWait([
      { task: square, payload: 1 },
      { task: greet, payload: undefined },
    ]),
    byId: await tasks.trigger<typeof square>("square", 3),
    tested: await perdure.run(checked, { at: "2030-01-01T00:00:00Z" }),
  };
}
type Program = Awaited<ReturnType<typeof program>>;

describe("types, from a task's definition to its result", () => {
  test("payload and output are inferred", () => {
    expectTypeOf<TaskPayload<typeof square>>().toEqualTypeOf<number>();
    expectTypeOf<TaskOutput<typeof square>>().toEqualTypeOf<{ squared: number }>();
    expectTypeOf<TaskPayload<typeof checked>>().toEqualTypeOf<{ at: string }>();
    expectTypeOf<TaskOutput<typeof checked>>().toEqualTypeOf<number>();
    expectTypeOf<TaskOutput<typeof greet>>().toEqualTypeOf<string>();
  });

  test("a handle carries the output to retrieve", () => {
    expectTypeOf<Program["handle"]>().toEqualTypeOf<RunHandle<"square", { squared: number }>>();
    expectTypeOf<Program["retrieved"]>().toEqualTypeOf<RunObject<{ squared: number }>>();
    expectTypeOf<Program["byId"]["taskIdentifier"]>().toEqualTypeOf<"square">();
    expectTypeOf<Program["tested"]["output"]>().toEqualTypeOf<number | undefined>();
  });

  test("results of children are told apart by ok", () => {
    expectTypeOf<Program["unwrapped"]>().toEqualTypeOf<{ squared: number }>();
    expectTypeOf<Extract<Program["waited"], { ok: true }>["output"]>().toEqualTypeOf<{ squared: number }>();
    expectTypeOf<Extract<Program["mixed"]["runs"][1], { ok: true }>["output"]>().toEqualTypeOf<string>();
  });

  test("effects are a mode, or a mode with its exceptions", () => {
    expectTypeOf<"auto" | "steps-only" | "strict">().toExtend<EffectOptions>();
    const configured = () =>
      defineConfig({ effects: { ignore: ["otel.example.com"], onUncertain: "fail" }, retry: { resume: true } });
    const chosen = () =>
      schemaTask({ id: "c", schema: z.string(), effects: "strict", retry: { resume: true }, run: (text) => text });
    expectTypeOf(configured).toBeFunction();
    expectTypeOf<TaskOutput<ReturnType<typeof chosen>>>().toEqualTypeOf<string>();
  });

  test("what does not fit is refused by the compiler", () => {
    // @ts-expect-error The payload is a number.
    const wrongPayload = () => square.trigger("2");
    // @ts-expect-error No such option.
    const wrongOption = () => square.trigger(2, { machine: "large" });
    // @ts-expect-error The schema's input is a string.
    const wrongInput = () => checked.trigger({ at: new Date() });
    expectTypeOf(wrongPayload).toBeFunction();
    expectTypeOf(wrongOption).toBeFunction();
    expectTypeOf(wrongInput).toBeFunction();
    // @ts-expect-error No such mode.
    const wrongMode = () => task({ id: "t", effects: "all", run: () => 1 });
    // @ts-expect-error A list is meant.
    const wrongList = () => defineConfig({ effects: { ignore: "otel.example.com" } });
    expectTypeOf(wrongMode).toBeFunction();
    expectTypeOf(wrongList).toBeFunction();
  });
});
