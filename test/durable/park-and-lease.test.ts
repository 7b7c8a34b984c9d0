import { expect, test } from "vitest";
import { startPerdure } from "../../src/embedded/internal.ts";
import { step, task, wait } from "../../src/sdk/index.ts";
import { createVirtualEnv } from "../../src/testing/virtual-env.ts";
import type { WorkerCalls } from "../../src/worker/index.ts";

/**
 * A busy process reads several answers in one turn: that a lease is no longer held, since the run has parked, and that the run
 * is leased again. The first says nothing about the second. On a loaded machine runs were dropped so, until their lease ran out.
 */
test.each([0, 1, 2, 3, 5, 8])(
  "a late answer about an earlier lease leaves a run alone (%i steps after the next lease)",
  async (late) => {
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
        {
          env,
          placeWorker: (calls) => ({ env, calls: renewingLate(calls, late, (runId) => perdure.worker.poke(runId)) }),
        },
      ),
    );
    const startedAt = env.now();
    const { id } = await env.runUntil(perdure.tasks.trigger<typeof napping>("napping", undefined));
    const run = await env.runUntil(perdure.runs.poll(id));
    expect(run).toMatchObject({ output: "rested", attemptCount: 1 });
    expect((await env.runUntil(perdure.runs.events(id))).map(({ kind }) => kind)).not.toContain("run.reaped");
    expect(env.now() - startedAt).toBeLessThan(10_000);
    await env.runUntil(perdure.stop());
  },
);

/** Has each run poked when it has just parked, and gives the answer to the renewal that follows after the next lease, `late` microtasks later. */
function renewingLate(calls: WorkerCalls, late: number, poke: (runId: string) => void): WorkerCalls {
  const held = new Set<() => void>();
  return {
    ...calls,
    async park(input) {
      const answer = await calls.park(input);
      poke(input.runId);
      return answer;
    },
    async renew(input) {
      const answer = await calls.renew(input);
      await new Promise<void>((resolve) => held.add(resolve));
      for (let i = 0; i < late; i++) await Promise.resolve();
      return answer;
    },
    async lease(input) {
      const answer = await calls.lease(input);
      for (const give of held) give();
      held.clear();
      return answer;
    },
  };
}
