import { describe, expect, it } from "vitest";
import { LIMITS } from "../core/limits.ts";
import { DEFAULT_RETRY } from "../core/retry.ts";
import type { Run } from "../core/run.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import type { TriggerRequestOptions } from "../core/trigger-request.ts";
import { decideRun, type NewRunContext } from "./decide-run.ts";

const NOW = 1_000_000;
const task: TaskManifest = { id: "import", queue: { name: "task/import", concurrencyLimit: null } };

function decide(
  options: TriggerRequestOptions,
  given: Partial<TaskManifest> = {},
  defaults: TaskDefaults = {},
  more: Partial<NewRunContext> = {},
) {
  const tasks = new Map([[task.id, { ...task, ...given }]]);
  return decideRun(
    { task: "import", options },
    { id: "run_1", now: NOW, tasks, defaults, taskVersion: undefined, ...more },
  );
}

describe("a new run", () => {
  it("needs nothing but its task", () => {
    expect(decide({})).toEqual({
      id: "run_1",
      task: "import",
      queue: "task/import",
      tags: [],
      retry: DEFAULT_RETRY,
      priorityMs: 0,
      dueAt: NOW,
      depth: 0,
      onDivergence: "hold",
    });
  });

  it("is of a task that exists", () => {
    expect(() => decide({}, { id: "other" })).not.toThrow();
    expect(() =>
      decideRun(
        { task: "nope", options: {} },
        { id: "run_1", now: NOW, tasks: new Map(), defaults: {}, taskVersion: undefined },
      ),
    ).toThrow("There is no task nope.");
  });

  it("starts when it was asked to, and its TTL counts from there", () => {
    expect(decide({ delayMs: 500, ttlMs: 100 })).toMatchObject({ dueAt: NOW + 500, expiresAt: NOW + 600 });
    expect(decide({ dueAt: NOW + 9, ttlMs: 1 })).toMatchObject({ dueAt: NOW + 9, expiresAt: NOW + 10 });
  });

  it.each<[TriggerRequestOptions, Partial<TaskManifest>, TaskDefaults, object]>([
    [{ ttlMs: 1 }, { ttlMs: 2 }, { ttlMs: 3 }, { expiresAt: NOW + 1 }],
    [{}, { ttlMs: 2 }, { ttlMs: 3 }, { expiresAt: NOW + 2 }],
    [{}, {}, { ttlMs: 3 }, { expiresAt: NOW + 3 }],
    [{ maxDurationSeconds: 1 }, { maxDurationSeconds: 2 }, {}, { maxDurationMs: 1_000 }],
    [{}, { maxDurationSeconds: 2 }, { maxDurationSeconds: 3 }, { maxDurationMs: 2_000 }],
    [{}, {}, { maxDurationSeconds: 3 }, { maxDurationMs: 3_000 }],
    [{}, { onDivergence: "fail" }, { onDivergence: "restart" }, { onDivergence: "fail" }],
    [{}, {}, { onDivergence: "restart" }, { onDivergence: "restart" }],
    [{ queue: "paid" }, {}, {}, { queue: "paid" }],
  ])(
    "takes the request's word, then the task's, then the instance's: %j %j %j",
    (options, given, defaults, expected) => {
      expect(decide(options, given, defaults)).toMatchObject(expected);
    },
  );

  it("merges retry policies part by part", () => {
    const run = decide(
      { maxAttempts: 9 },
      { retry: { factor: 3, maxAttempts: 5 } },
      { retry: { minTimeoutInMs: 7, factor: 4, resume: true } },
    );
    expect(run.retry).toEqual({ ...DEFAULT_RETRY, minTimeoutInMs: 7, factor: 3, maxAttempts: 9, resume: true });
  });

  it("keeps an idempotency key for thirty days unless told otherwise", () => {
    expect(decide({ idempotencyKey: "k" })).toMatchObject({
      idempotencyKey: "k",
      idempotentUntil: NOW + 30 * 86_400_000,
    });
    expect(decide({ idempotencyKey: "k", idempotencyKeyTtlMs: 5 })).toMatchObject({ idempotentUntil: NOW + 5 });
    expect(decide({ idempotencyKeyTtlMs: 5 })).not.toHaveProperty("idempotentUntil");
  });

  it("counts a head start in seconds and a tag once", () => {
    expect(decide({ priority: 1.5, tags: ["a", "b", "a"] })).toMatchObject({ priorityMs: 1_500, tags: ["a", "b"] });
  });

  it("hangs below its parent and has the version that it is given", () => {
    const parent = { id: "run_p", rootRunId: "run_r", depth: 4, taskVersion: "v1" } as Run;
    const expected = { depth: 5, parentRunId: "run_p", rootRunId: "run_r", taskVersion: "v2" };
    expect(decide({}, {}, {}, { parent, taskVersion: "v2" })).toMatchObject(expected);
    expect(decide({}, {}, {}, { taskVersion: "v2" })).toMatchObject({ taskVersion: "v2" });
  });

  it("does not hang deeper than the limit", () => {
    const parent = { id: "run_p", rootRunId: "run_r", depth: LIMITS.depth } as Run;
    expect(() => decide({}, {}, {}, { parent })).toThrow(expect.objectContaining({ code: "RUN_TOO_DEEP" }));
  });
});
