import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { effectPolicy } from "../core/effect-mode.ts";
import { isTask, schemaTask, task } from "../sdk/index.ts";
import { createRegistry, effectsOf } from "./registry.ts";

const run = () => 1;
const effects = effectPolicy({ mode: "auto", ignore: ["otel.example.com"] }, undefined, "steps-only");

it("a task's effects are treated as it says, and as the base says where it is silent", () => {
  const registry = createRegistry([
    task({ id: "silent", run }),
    task({ id: "modest", effects: "steps-only", run }),
    schemaTask({ id: "strict", schema: z.string(), effects: { mode: "strict", ignore: ["a.example"] }, run }),
  ]);
  const of = (id: string) => effectsOf({ registry, effects }, id);
  expect(of("silent")).toEqual(effects);
  expect(of("modest")).toEqual({ ...effects, mode: "steps-only" });
  expect(of("strict")).toEqual({ ...effects, mode: "strict", ignore: ["otel.example.com", "a.example"] });
  expect(of("gone")).toEqual(effects);
});

it("the effects of a bundle that knew of no choice are treated as the base says", async () => {
  const bundle = join(import.meta.dirname, "../../test/bundles/perdure-0-1-0.mjs");
  const registry = createRegistry(Object.values((await import(bundle)) as object).filter(isTask));
  const { ids } = registry;
  expect(ids).not.toEqual([]);
  for (const id of ids) expect(effectsOf({ registry, effects }, id)).toEqual(effects);
});

it("a task whose option nobody understands is refused when it is defined", () => {
  expect(() => task({ id: "t", effects: "all" as "auto", run })).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", details: expect.objectContaining({ what: "task t" }) }),
  );
  expect(() => schemaTask({ id: "t", schema: z.string(), effects: { ignored: [] } as object, run })).toThrow(
    expect.objectContaining({ code: "OPTION_UNSUPPORTED", details: { what: "task t", option: "effects.ignored" } }),
  );
});
