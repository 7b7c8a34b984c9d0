import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startMortalPool } from "./kill-after.ts";
import { startProgramServer } from "./program-server.ts";
import * as tasks from "./program-tasks.ts";
import { allPrograms, type Program } from "./programs.ts";
import { repeated } from "./repeated.ts";

const PROGRAMS = resolve(import.meta.dirname, "program-tasks.ts");

let world: Awaited<ReturnType<typeof startProgramServer>>;
let pool: Awaited<ReturnType<typeof startMortalPool>>;
beforeAll(async () => {
  [world, pool] = await Promise.all([startProgramServer(), startMortalPool(PROGRAMS, Object.values(tasks))]);
});
afterAll(async () => {
  await pool.stop();
  await world.stop();
});

/** Of programs with more entries than this some places are tried, from the first to the last. */
const MOST_CUTS = 25;

/** Each program undisturbed, and then with the process that executes it killed by SIGKILL after every entry that it records. */
describe.each(allPrograms.map((program) => [program.letter, program.name, program] as const))(
  "(%s) a program that %s",
  (_, __, program) => {
    test("gives the same when its process is killed anywhere", { timeout: 180_000 }, async () => {
      const undisturbed = await perform(program);
      expect(undisturbed).toMatchObject({ status: "completed", wasKilled: false });
      for (const after of places(undisturbed.entries)) {
        const cut = await perform(program, after);
        const place = `killed after entry ${after} of ${undisturbed.entries}: ${cut.events.join(", ")}`;
        expect(cut, place).toMatchObject({ status: "completed", attempt: undisturbed.attempt });
        expect(stable(program, cut.output), place).toEqual(stable(program, undisturbed.output));
        expect(repeated(cut.asked, undisturbed.asked).length, place).toBeLessThanOrEqual(program.inFlight ?? 1);
      }
    });
  },
);

test("(b) a token that was cached when its run began is fetched by the process that continues it, and nothing else is", async () => {
  const program = allPrograms.find(({ letter }) => letter === "b") as Program;
  await perform(program);
  const warm = await perform(program);
  expect(warm.asked).not.toContain("GET /page/token");
  for (let after = 1; after < warm.entries; after++) {
    await perform(program);
    const cut = await perform(program, after);
    expect(cut).toMatchObject({ output: warm.output, wasKilled: true });
    expect(repeated(cut.asked, warm.asked)).toEqual(["GET /page/token"]);
  }
});

let spaces = 0;

async function perform({ letter }: Program, after?: number) {
  const space = `${letter}-kill-${++spaces}`;
  const outcome = await pool.perform(`program-${letter}`, `${world.url}/${space}`, after);
  return { ...outcome, asked: world.asked(space) };
}

function places(entries: number): readonly number[] {
  const step = Math.max(1, entries / MOST_CUTS);
  return Array.from({ length: Math.min(entries, MOST_CUTS) }, (_, i) => Math.ceil((i + 1) * step));
}

function stable({ stable: of }: Program, output: unknown): unknown {
  return of === undefined ? output : of(output);
}
