import { describe, expect, test } from "vitest";
import { startPerdure } from "../../src/embedded/internal.ts";
import { step, task, wait } from "../../src/sdk/index.ts";
import { createVirtualEnv } from "../../src/testing/virtual-env.ts";
import type { WorkerCalls } from "../../src/worker/index.ts";

/**
 * A busy process reads several answers in one turn: that its run has parked, and that it was woken and is leased again. The
 * promises of both are then followed side by side, and either may be ahead by any number of steps.
 */
describe("a run that is leased again before its worker has heard that it parked", () => {
  for (let ahead = -4; ahead <= 40; ahead++) {
    test(`goes on at once (the lease ${ahead} steps after the park)`, async () => {
      const env = createVirtualEnv();
      const napping = task({
        id: "napping",
        run: async () => {
          for (const name of ["a", "b", "c"]) {
            await step.run(name, () => name);
            await wait.for("1s");
          }
          return "rested";
        },
      });
      const perdure = await env.runUntil(
        startPerdure(
          { db: ":memory:", tasks: [napping], keepWarm: 10 },
          { env, placeWorker: (calls) => ({ env, calls: answeredTogether(calls, ahead) }) },
        ),
      );
      const startedAt = env.now();
      const { id } = await env.runUntil(perdure.tasks.trigger<typeof napping>("napping", undefined));
      const run = await env.runUntil(perdure.runs.poll(id));
      expect(run).toMatchObject({ output: "rested", attemptCount: 1 });
      const kinds = (await env.runUntil(perdure.runs.events(id))).map(({ kind }) => kind);
      expect(kinds).not.toContain("run.reaped");
      expect(env.now() - startedAt).toBeLessThan(10_000);
      await env.runUntil(perdure.stop());
    });
  }
});

/** Holds each answer to a park back until the next lease is answered, and gives out both, one some microtasks after the other. */
function answeredTogether(calls: WorkerCalls, ahead: number): WorkerCalls {
  let give: (() => void) | undefined;
  return {
    ...calls,
    async park(input) {
      const answer = await calls.park(input);
      if (answer.state === "parked")
        await new Promise<void>((resolve) => {
          give = resolve;
        });
      if (ahead < 0) await microtasks(-ahead);
      return answer;
    },
    async lease(input) {
      const answer = await calls.lease(input);
      give?.();
      give = undefined;
      if (ahead > 0) await microtasks(ahead);
      return answer;
    },
  };
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}
