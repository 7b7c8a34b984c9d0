import { expect, test } from "vitest";
import { startPerdure } from "../../src/embedded/internal.ts";
import { task } from "../../src/sdk/index.ts";
import { createVirtualEnv } from "../../src/testing/virtual-env.ts";

const RUNS = 60;
const SLOTS = 3;

test("a worker with a backlog leases ahead, begins no more than it has slots, and hands back what it cannot begin", async () => {
  const env = createVirtualEnv();
  const executing = new Set<string>();
  let most = 0;
  let releasedLeases = 0;
  const pause = (ms: number) => new Promise<void>((resolve) => void env.timer(ms, resolve));
  const mixed = task({
    id: "mixed",
    run: async (ms: number, { ctx }) => {
      executing.add(ctx.run.id);
      most = Math.max(most, executing.size);
      await pause(ms);
      executing.delete(ctx.run.id);
    },
  });
  const perdure = await env.runUntil(
    startPerdure(
      { db: ":memory:", tasks: [mixed], concurrency: SLOTS },
      {
        env,
        placeWorker: (calls) => ({
          env,
          calls: {
            ...calls,
            // A node that answers slowly, as one on a slow disk does.
            lease: async (input) => {
              await pause(20);
              return calls.lease(input);
            },
            release: (input) => {
              releasedLeases += input.leases.length;
              return calls.release(input);
            },
          },
        }),
      },
    ),
  );
  const items = Array.from({ length: RUNS }, (_, i) => ({ payload: i >= 40 && i < 40 + SLOTS ? 5_000 : 2 }));
  const batch = await env.runUntil(perdure.tasks.batchTrigger(mixed, items));
  await env.runUntil(Promise.all(batch.runs.map((run) => perdure.runs.poll(run))));

  expect(most).toBe(SLOTS);
  expect(releasedLeases).toBeGreaterThan(0);
  const { data } = await perdure.runs.list({ limit: 100 });
  expect(data.map(({ status, attemptCount }) => [status, attemptCount])).toEqual(
    Array.from({ length: RUNS }, () => ["completed", 1]),
  );
  await env.runUntil(perdure.stop());
});
