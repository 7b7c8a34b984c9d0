import {
  AbortTaskRunError,
  type AnyTask,
  batch,
  metadata,
  rollback,
  step,
  tags,
  task,
  wait,
} from "../../src/sdk/index.ts";

/** A program that must give the same result however often its process dies, and what it did to the world outside. */
export interface Program {
  readonly name: string;
  readonly task: AnyTask;
  readonly others?: readonly AnyTask[];
  readonly payload?: unknown;
  /** Steps that may be in flight at once, which is how many a kill may repeat. Default: 1. */
  readonly inFlight?: number;
  /** What ran, in order: the world outside, which no crash takes back. */
  readonly effects: string[];
}

/** Counts what each step does to the world. */
function world() {
  const effects: string[] = [];
  const act = async <Result>(name: string, result: Result): Promise<Result> => {
    await Promise.resolve();
    effects.push(name);
    return result;
  };
  return { effects, act };
}

export function programs(): readonly Program[] {
  return [
    sequence(),
    waitBetween(),
    branches(),
    raceOfWaitAndPolling(),
    caughtFailure(),
    tryWaitFinally(),
    child(),
    failingChild(),
    batchOfChildren(),
    triggerWithoutWait(),
    keyedLoop(),
    jitteredWaits(),
    dependentBranches(),
    metadataAndTags(),
    undoneAtTheEnd(),
    retriedWithKeptSteps(),
  ];
}

function sequence(): Program {
  const { effects, act } = world();
  const run = async () => {
    const a = await step.run("a", () => act("a", 1));
    const b = await step.run("b", () => act("b", a + 1));
    return step.run("c", () => act("c", { sum: a + b, at: new Date(0), list: new Map([["x", 1n]]) }));
  };
  return { name: "three steps in a row", task: task({ id: "sequence", run }), effects };
}

function waitBetween(): Program {
  const { effects, act } = world();
  const run = async (days: number) => {
    const before = await step.run("before", () => act("before", "b"));
    await wait.for({ days });
    await wait.until(new Date(Date.UTC(2030, 5, 1)));
    return before + (await step.run("after", () => act("after", "a")));
  };
  return { name: "a wait of days", task: task({ id: "wait-between", run }), payload: 10, effects };
}

function branches(): Program {
  const { effects, act } = world();
  const branch = async (name: string, ms: number) => {
    await step.run(name, () => act(name, name));
    await wait.for({ milliseconds: ms });
    return step.run(`${name} again`, () => act(`${name} again`, name));
  };
  const run = () => Promise.all([branch("x", 3_000), branch("y", 1_000), branch("z", 2_000)]);
  return { name: "three branches with waits", task: task({ id: "branches", run }), inFlight: 3, effects };
}

function raceOfWaitAndPolling(): Program {
  const { effects, act } = world();
  const poll = async () => {
    for (let round = 1; ; round++) {
      const found = await step.run("poll", () => act(`poll ${round}`, round >= 4), { key: round });
      if (found) return `found in round ${round}`;
      await wait.for("10m");
    }
  };
  const run = () => Promise.race([wait.for("1h").then(() => "too late"), poll()]);
  return { name: "a race of a wait and a polling loop", task: task({ id: "race", run }), effects };
}

function caughtFailure(): Program {
  const { effects, act } = world();
  const run = async () => {
    const first = await step
      .run("fails", async () => {
        await act("fails", undefined);
        throw new TypeError("no");
      })
      .catch((error: Error) => `${error.name}: ${error.message}`);
    return step.run("then", () => act("then", first));
  };
  return { name: "a failure that the code catches", task: task({ id: "caught", run }), effects };
}

function tryWaitFinally(): Program {
  const { effects, act } = world();
  const run = async () => {
    const seen: string[] = [];
    try {
      await wait.for("1h");
      seen.push("waited");
    } catch {
      seen.push("caught");
    } finally {
      seen.push("finally");
      await step.run("clean up", () => act("clean up", undefined));
    }
    return seen;
  };
  return { name: "try, wait, finally", task: task({ id: "try-finally", run }), effects };
}

function child(): Program {
  const { effects, act } = world();
  const inner = task({
    id: "child-inner",
    run: async (n: number) => {
      await wait.for("5s");
      return step.run("double", () => act(`double ${n}`, n * 2));
    },
  });
  const run = async () => {
    const two = await inner.triggerAndWait(1).unwrap();
    return inner.triggerAndWait(two).unwrap();
  };
  return { name: "children one after the other", task: task({ id: "child", run }), others: [inner], effects };
}

function failingChild(): Program {
  const { effects, act } = world();
  const inner = task({
    id: "failing-inner",
    run: async () => {
      await step.run("try", () => act("try", undefined));
      throw new AbortTaskRunError("hopeless");
    },
  });
  const run = async () => {
    const result = await inner.triggerAndWait(undefined);
    return result.ok ? "?" : result.error.message;
  };
  return { name: "a child that fails", task: task({ id: "failing-child", run }), others: [inner], effects };
}

function batchOfChildren(): Program {
  const { effects, act } = world();
  const inner = task({ id: "batch-inner", run: (n: number) => step.run("square", () => act(`square ${n}`, n * n)) });
  const other = task({ id: "batch-other", run: (text: string) => text.toUpperCase() });
  const run = async () => {
    const { runs } = await inner.batchTriggerAndWait([1, 2, 3].map((payload) => ({ payload })));
    const mixed = await batch.triggerByTaskAndWait([
      { task: inner, payload: 4 },
      { task: other, payload: "x" },
    ]);
    return [...runs, ...mixed.runs].map((result) => (result.ok ? result.output : result.error.message));
  };
  return {
    name: "batches of children",
    task: task({ id: "batch", run }),
    inFlight: 4,
    others: [inner, other],
    effects,
  };
}

function triggerWithoutWait(): Program {
  const { effects, act } = world();
  const inner = task({ id: "trigger-inner", run: (n: number) => step.run("once", () => act(`once ${n}`, n)) });
  const run = async () => {
    const handles = [await inner.trigger(1), await inner.trigger(2)];
    const { runCount } = await inner.batchTrigger([{ payload: 3 }, { payload: 4 }]);
    await wait.for("1m");
    return [new Set(handles.map(({ id }) => id)).size, runCount];
  };
  return { name: "triggers without a wait", task: task({ id: "trigger", run }), inFlight: 4, others: [inner], effects };
}

function keyedLoop(): Program {
  const { effects, act } = world();
  const run = async (ids: readonly string[]) => {
    const done: string[] = [];
    for (const id of ids) done.push(await step.run("item", () => act(`item ${id}`, id.toUpperCase()), { key: id }));
    return done;
  };
  return {
    name: "a loop of keyed steps",
    task: task({ id: "keyed-loop", run }),
    payload: ["a", "b", "c/d#e%"],
    effects,
  };
}

function jitteredWaits(): Program {
  const { effects, act } = world();
  let chance = 0;
  const run = async () => {
    for (let i = 0; i < 3; i++) await wait.for({ milliseconds: 1_000 + chance++ });
    return step.run("end", () => act("end", "waited"));
  };
  return { name: "waits of a length that differs in every process", task: task({ id: "jitter", run }), effects };
}

function dependentBranches(): Program {
  const { effects, act } = world();
  const branch = async (b: number) => {
    let sum = b;
    for (let i = 0; i < 5; i++) sum = await step.run("add", () => act(`add ${b}/${i}`, sum + i), { key: `${b}/${i}` });
    return sum;
  };
  const run = () => Promise.all(Array.from({ length: 10 }, (_, b) => branch(b)));
  return {
    name: "concurrent branches of dependent steps",
    task: task({ id: "dependent", run }),
    inFlight: 10,
    effects,
  };
}

function metadataAndTags(): Program {
  const { effects, act } = world();
  const run = async () => {
    for (let i = 0; i < 3; i++) {
      await step.run("part", () => act(`part ${i}`, i), { key: i });
      metadata.increment("done").append("log", i);
    }
    await tags.add("seen");
    await wait.for("1m");
    metadata.increment("done");
    return metadata.current();
  };
  return { name: "metadata and tags", task: task({ id: "metadata", run }), effects };
}

function undoneAtTheEnd(): Program {
  const { effects, act } = world();
  const run = async () => {
    await step.run("book", () => act("book", "seat 7"), { undo: (seat) => act(`cancel ${seat}`, undefined) });
    await rollback(() => act("roll back", undefined));
    await step.run("pay", () => act("pay", 5), { undo: (sum) => act(`refund ${sum}`, undefined) });
    throw new AbortTaskRunError("sold out");
  };
  return { name: "undos of a run that fails", task: task({ id: "undone", run }), effects };
}

function retriedWithKeptSteps(): Program {
  const { effects, act } = world();
  const run = async (_: undefined, { ctx }: { ctx: { attempt: { number: number } } }) => {
    const kept = await step.run("kept", () => act("kept", "k"));
    await wait.for("1m");
    const keyed = await step.run("keyed", () => act("keyed", "K"), { key: 1 });
    if (ctx.attempt.number === 1) throw new Error("not yet");
    return kept + keyed;
  };
  return { name: "a second attempt that keeps its steps", task: task({ id: "retried", run }), effects };
}
