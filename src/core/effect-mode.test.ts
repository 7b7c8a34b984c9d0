import { describe, expect, it } from "vitest";
import {
  checkEffects,
  EFFECT_MODES,
  type EffectOptions,
  effectPolicy,
  isIgnored,
  refuseUnrecordable,
} from "./effect-mode.ts";

describe("the policy of effects", () => {
  it.each<[EffectOptions | undefined, EffectOptions | undefined, object]>([
    [undefined, undefined, { mode: "auto", ignore: [], onUncertain: "repeat" }],
    ["strict", undefined, { mode: "strict", ignore: [], onUncertain: "repeat" }],
    [undefined, "strict", { mode: "strict", ignore: [], onUncertain: "repeat" }],
    ["steps-only", "strict", { mode: "steps-only", ignore: [], onUncertain: "repeat" }],
    [{}, { mode: "strict" }, { mode: "strict", ignore: [], onUncertain: "repeat" }],
    [{ mode: "auto" }, { mode: "strict", onUncertain: "fail" }, { mode: "auto", ignore: [], onUncertain: "fail" }],
    [{ onUncertain: "repeat" }, { onUncertain: "fail" }, { mode: "auto", ignore: [], onUncertain: "repeat" }],
    [{ ignore: ["b"] }, { ignore: ["a"] }, { mode: "auto", ignore: ["a", "b"], onUncertain: "repeat" }],
    ["strict", { ignore: ["a"] }, { mode: "strict", ignore: ["a"], onUncertain: "repeat" }],
  ])("of %j over %j", (own, base, policy) => {
    expect(effectPolicy(own, base, "auto")).toEqual(policy);
  });

  it("is the base of another as it is", () => {
    const base = effectPolicy({ mode: "strict", ignore: ["a"], onUncertain: "fail" }, "auto", "steps-only");
    expect(effectPolicy(undefined, base, "auto")).toEqual(base);
  });
});

describe("ignored requests", () => {
  it("are those that one of the patterns names", () => {
    const policy = { ignore: ["otel.example.com", "https://example.com/v1/traces"] };
    const urls = ["http://otel.example.com:4318/v1/logs", "https://example.com/v1/traces?a", "https://example.com/v1"];
    expect(urls.map((url) => isIgnored(policy, url))).toEqual([true, true, false]);
    expect(isIgnored({ ignore: [] }, urls[0] as string)).toBe(false);
  });
});

describe("the option effects", () => {
  it.each([undefined, ...EFFECT_MODES, {}, { mode: undefined, ignore: undefined, onUncertain: undefined }])(
    "may be %j",
    (effects) => {
      expect(() => checkEffects(effects, "task t")).not.toThrow();
    },
  );

  it.each([
    ["all", "effects must be one of auto, steps-only, strict, or an object"],
    [null, "effects must be one of"],
    [["auto"], "effects must be one of"],
    [{ mode: "all" }, "effects.mode must be one of auto, steps-only, strict"],
    [{ mode: null }, "effects.mode"],
    [{ onUncertain: "hold" }, "effects.onUncertain must be one of repeat, fail"],
    [{ ignore: "otel.example.com" }, "effects.ignore must be a list"],
    [{ ignore: ["a.example", "a.example/v1"] }, 'effects.ignore has "a.example/v1"'],
    [{ ignore: [/otel/] }, "effects.ignore has {}"],
  ])("is refused as %j", (effects, problem) => {
    expect(() => checkEffects(effects, "task t")).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        details: { what: "task t", problem: expect.stringContaining(problem) },
      }),
    );
  });

  it("is refused with a part that nothing would heed", () => {
    expect(() => checkEffects({ mode: "auto", ignored: [] }, "task t")).toThrow(
      expect.objectContaining({
        code: "OPTION_UNSUPPORTED",
        details: { what: "task t", option: "effects.ignored" },
      }),
    );
  });
});

describe("tasks whose effects Bun does not show", () => {
  const [auto, stepsOnly] = (["auto", "steps-only"] as const).map((mode) => effectPolicy(mode, undefined, mode));
  const tasks = [
    { id: "silent" },
    { id: "modest", effects: "steps-only" as const },
    { id: "strict", effects: { mode: "strict" as const } },
    { id: "open", effects: { onUncertain: "fail" as const } },
  ];
  const refusing = (base = auto, given: Parameters<typeof refuseUnrecordable>[1] = tasks) =>
    expect(() => refuseUnrecordable("bun", given, base as NonNullable<typeof base>));

  it("are refused by name", () => {
    refusing().toThrow(
      expect.objectContaining({ code: "EFFECTS_UNSUPPORTED", details: { tasks: "silent, strict, open" } }),
    );
    refusing(stepsOnly).toThrow(expect.objectContaining({ details: { tasks: "strict" } }));
    refusing(stepsOnly, tasks.slice(0, 2)).not.toThrow();
  });

  it("are counted where they are many", () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ id: `t${i}` }));
    const named = "t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, 2 more";
    refusing(auto, many).toThrow(expect.objectContaining({ details: { tasks: named } }));
  });

  it("are no trouble on Node", () => {
    expect(() => refuseUnrecordable("node", tasks, auto as NonNullable<typeof auto>)).not.toThrow();
  });
});
