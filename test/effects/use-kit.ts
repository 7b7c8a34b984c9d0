import type { RunObject } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdureOptions } from "../../src/testing/index.ts";
import type { startProgramServer } from "./program-server.ts";
import { coldStart, digestOne, type Program, programTasks } from "./programs.ts";

type World = Awaited<ReturnType<typeof startProgramServer>>;

let spaces = 0;

export interface Performance {
  readonly run: RunObject;
  readonly entries: number;
  readonly asked: readonly string[];
  /** Kinds of the run's events. */
  readonly story: readonly string[];
}

/** Runs a program once, on virtual time, in a space of its own. */
export async function perform(
  world: World,
  { letter }: Program,
  options: Omit<TestPerdureOptions, "tasks">,
): Promise<Performance> {
  coldStart();
  const space = `${letter}${++spaces}`;
  const problems: unknown[] = [];
  const perdure = await createTestPerdure({
    tasks: [...programTasks, digestOne],
    effects: "auto",
    onLog: () => undefined,
    onProblem: (error) => problems.push(error),
    ...options,
  });
  try {
    const task = programTasks.find(({ id }) => id === `program-${letter}`) as (typeof programTasks)[number];
    const run = await perdure.run(task, `${world.url}/${space}`);
    await perdure.advance("1h");
    const events = await perdure.runs.events(run.id);
    if (problems.length > 0) throw problems[0];
    return { run, entries: perdure.entries, asked: world.asked(space), story: events.map(({ kind }) => kind) };
  } finally {
    await perdure.stop();
  }
}
