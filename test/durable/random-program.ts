import fc from "fast-check";
import {
  AbortTaskRunError,
  type AnyTask,
  metadata,
  type RunTools,
  rollback,
  step,
  tags,
  task,
  wait,
} from "../../src/sdk/index.ts";

/** A program as data, so that fast-check can make it and shrink it. */
export type Part =
  | { do: "step"; called: "own" | "keyed" | "shared"; fails: boolean; undo: boolean; turns: number; counts: boolean }
  | { do: "wait"; how: "for" | "until" | "past"; ms: number }
  | { do: "child"; how: "await" | "batch" | "fire"; fails: boolean; waits: boolean }
  | { do: "rollback" }
  | { do: "note" }
  | { do: "together"; how: "all" | "race" | "allSettled"; branches: Part[][] }
  /** At the top only: what else runs then would make the outcome a matter of time. */
  | { do: "throw"; times: number; aborts: boolean };

const flag = fc.boolean();
const atom: fc.Arbitrary<Part> = fc.oneof(
  { weight: 6, arbitrary: stepPart() },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      how: fc.constantFrom("for" as const, "until" as const, "past" as const),
      ms: fc.constantFrom(0, 1, 1_000, 5_000, 3_600_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("child" as const),
      how: fc.constantFrom("await" as const, "batch" as const, "fire" as const),
      fails: flag,
      waits: flag,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "rollback" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "note" as const }) },
);

function stepPart(): fc.Arbitrary<Part> {
  return fc.record({
    do: fc.constant("step" as const),
    called: fc.constantFrom("own" as const, "keyed" as const, "shared" as const),
    fails: flag,
    undo: flag,
    turns: fc.nat(3),
    counts: flag,
  });
}

const { part } = fc.letrec<{ part: Part; together: Part }>((tie) => ({
  part: fc.oneof({ depthSize: "small", withCrossShrink: true }, atom, atom, tie("together")),
  together: fc.record({
    do: fc.constant("together" as const),
    how: fc.constantFrom("all" as const, "race" as const, "allSettled" as const),
    branches: fc.array(fc.array(tie("part"), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  }),
}));

export const program: fc.Arbitrary<Part[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: part },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("throw" as const), times: fc.integer({ min: 1, max: 4 }), aborts: flag }),
    },
  ),
  { minLength: 1, maxLength: 6 },
);

/** What programs did to the world, which no crash takes back, and what they were told. */
export class World {
  readonly effects: string[] = [];
  /** Steps that ran though the code of the same attempt had seen their result. */
  readonly repeated: string[] = [];
  readonly #seen = new Set<string>();

  act(label: string): void {
    if (this.#seen.has(label)) this.repeated.push(label);
    this.effects.push(label);
  }

  see(label: string): void {
    this.#seen.add(label);
  }
}

const LONGER_THAN_ANYTHING = { days: 1_000 };

/** The task that performs a program, with the one that its children are. */
export function performer(world: World): { main: AnyTask; child: AnyTask } {
  const child = task({
    id: "child",
    retry: { maxAttempts: 2, minTimeoutInMs: 1_000, jitter: 0 },
    run: async ({ label, fails, waits }: { label: string; fails: boolean; waits: boolean }, { ctx }) => {
      if (waits) await wait.for("10s");
      await step.run("work", () => world.act(`${label} in try ${ctx.attempt.number}`), { key: ctx.attempt.number });
      if (fails) throw new Error(`child ${label}`);
      return label;
    },
  });
  const main = task({
    id: "main",
    retry: { maxAttempts: 3, minTimeoutInMs: 1_000, jitter: 0 },
    run: (parts: Part[], tools) => sequence(parts, "", { world, tools, child }),
  });
  return { main, child };
}

interface Surroundings {
  readonly world: World;
  readonly tools: RunTools;
  readonly child: AnyTask;
}

async function sequence(parts: readonly Part[], path: string, around: Surroundings): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const [i, one] of parts.entries()) results.push(await perform(one, `${path}/${i}`, around));
  return results;
}

async function perform(part: Part, path: string, around: Surroundings): Promise<unknown> {
  const { number } = around.tools.ctx.attempt;
  const label = `${path} in attempt ${number}`;
  switch (part.do) {
    case "step":
      return performStep(part, path, label, around).catch(
        (error: Error & { code?: string }) => error.code ?? error.message,
      );
    case "wait":
      return performWait(part, path);
    case "child":
      return performChild(part, label, around.child);
    case "rollback":
      return rollback(() => around.world.act(`rollback ${label}`), { key: path });
    case "note":
      metadata.increment("notes").append("list", path).set(path, number);
      return tags.add(`t${path.length % 3}`);
    case "together": {
      const branches = part.branches.map((branch, i) => sequence(branch, `${path}.${i}`, around));
      if (part.how === "all") return Promise.all(branches);
      if (part.how === "allSettled") return Promise.allSettled(branches);
      return Promise.race([Promise.all(branches), wait.for(LONGER_THAN_ANYTHING, { key: path })]);
    }
    case "throw":
      if (part.aborts && number === part.times) throw new AbortTaskRunError(`abort ${path}`);
      if (number <= part.times) throw new Error(`throw ${path}`);
      return "passed";
  }
}

async function performStep(
  { called, fails, undo, turns, counts }: Extract<Part, { do: "step" }>,
  path: string,
  label: string,
  { world }: Surroundings,
): Promise<string> {
  const name = called === "own" ? `step ${path}` : called;
  const result = step.run<string>(
    name,
    async ({ idempotencyKey }) => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      world.act(label);
      if (counts) metadata.increment("counted").append("list", label);
      if (fails) throw new TypeError(`no ${label}`);
      return called === "own" ? `${label} ${idempotencyKey.slice(0, 4)}` : label;
    },
    {
      ...(called === "keyed" ? { key: path } : {}),
      ...(undo ? { undo: (done) => world.act(`undo ${done ?? label}`) } : {}),
    },
  );
  return result.finally(() => world.see(label));
}

function performWait({ how, ms }: Extract<Part, { do: "wait" }>, path: string): Promise<void> {
  if (how === "for") return wait.for({ milliseconds: ms });
  if (how === "past") return wait.until(new Date(0));
  return wait.until(new Date(Date.UTC(2030, 0, 1) + ms), { key: path });
}

async function performChild(
  { how, fails, waits }: Extract<Part, { do: "child" }>,
  label: string,
  child: AnyTask,
): Promise<unknown> {
  const payload = { label, fails, waits };
  if (how === "fire") return (await child.trigger(payload)).isCached;
  if (how === "await") {
    const result = await child.triggerAndWait(payload);
    return result.ok ? result.output : result.error.message;
  }
  const { runs } = await child.batchTriggerAndWait([{ payload }, { payload: { ...payload, label: `${label} too` } }]);
  return runs.map((run) => (run.ok ? run.output : run.error.message));
}
