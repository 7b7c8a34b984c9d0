import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProgramServer } from "./program-server.ts";
import { allPrograms, type Program } from "./programs.ts";
import { repeated } from "./repeated.ts";
import { perform } from "./use-kit.ts";

let world: Awaited<ReturnType<typeof startProgramServer>>;
beforeAll(async () => {
  world = await startProgramServer();
});
afterAll(() => world.stop());

/** Of a program with more entries than this some places are tried by themselves, and then all of them in one run. */
const MOST_CUTS = 40;

/** Each program undisturbed, and then with its execution lost after every entry of its journals and continued by a replay. */
describe.each(allPrograms.map((program) => [program.letter, program.name, program] as const))(
  "(%s) a program that %s",
  (_, __, program) => {
    for (const keepWarm of program.waits === true ? [0, 100] : [0]) {
      test(`gives the same wherever it is cut (${keepWarm} kept warm)`, { timeout: 120_000 }, async () => {
        const undisturbed = await perform(world, program, { keepWarm });
        expect(undisturbed.run.status).toBe("completed");
        expect(undisturbed.entries).toBeGreaterThan(0);
        for (const crashAfterEntries of places(undisturbed.entries)) {
          const cut = await perform(world, program, { keepWarm, crashAfterEntries });
          const place = `cut after ${crashAfterEntries} of ${undisturbed.entries}: ${cut.story.join(", ")}`;
          expect(stable(program, cut.run.output), place).toEqual(stable(program, undisturbed.run.output));
          expect(cut.run.attemptCount, place).toBe(undisturbed.run.attemptCount);
          expect(repeated(cut.asked, undisturbed.asked).length, place).toBeLessThanOrEqual(
            (program.inFlight ?? 1) * [crashAfterEntries].flat().length,
          );
        }
      });
    }
  },
);

function places(entries: number): readonly (number | readonly number[])[] {
  const all = Array.from({ length: entries }, (_, i) => i + 1);
  if (entries <= MOST_CUTS) return all;
  return [...all.filter((place) => place % Math.ceil(entries / MOST_CUTS) === 0), all];
}

function stable({ stable: of }: Program, output: unknown): unknown {
  return of === undefined ? output : of(output);
}
