import { describe, expect, test } from "vitest";
import type { RunObject } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdureOptions } from "../../src/testing/index.ts";
import { type Program, programs } from "./programs.ts";

/** Each program undisturbed, and then with its process killed after every entry of its journals. */
describe.each(programs().map(({ name }, i) => [name, i] as const))("%s", (_, i) => {
  for (const keepWarm of [0, 100]) {
    test(`gives the same when its process dies after any entry (${keepWarm} kept warm)`, async () => {
      const undisturbed = await perform(programAt(i), { keepWarm });
      expect(undisturbed.entries).toBeGreaterThan(0);
      for (let crashAfterEntries = 1; crashAfterEntries <= undisturbed.entries; crashAfterEntries++) {
        const cut = await perform(programAt(i), { keepWarm, crashAfterEntries });
        const place = `cut after entry ${crashAfterEntries}`;
        expect(resultOf(cut.run), place).toEqual(resultOf(undisturbed.run));
        expect(new Set(cut.effects), place).toEqual(new Set(undisturbed.effects));
        expect(repeated(cut.effects, undisturbed.effects).length, place).toBeLessThanOrEqual(
          programAt(i).inFlight ?? 1,
        );
      }
    });
  }
});

function programAt(i: number): Program {
  return programs()[i] as Program;
}

async function perform({ task, others = [], payload, effects }: Program, options: Omit<TestPerdureOptions, "tasks">) {
  const perdure = await createTestPerdure({ tasks: [task, ...others], onLog: () => undefined, ...options });
  const run = await perdure.run(task, payload);
  await perdure.advance("1h");
  const { entries } = perdure;
  await perdure.stop();
  return { run, entries, effects: [...effects] };
}

function resultOf({ status, output, error, metadata, tags, attemptCount }: RunObject) {
  return { status, output, error: error?.message, metadata, tags, attemptCount };
}

/** Effects that happened more often than in the undisturbed run. */
function repeated(effects: readonly string[], undisturbed: readonly string[]): readonly string[] {
  const left = [...effects];
  for (const effect of undisturbed) left.splice(left.indexOf(effect), 1);
  return left;
}
