import { expect, it } from "vitest";
import { keyOf, openWorld, steps } from "../../test/engine/world.ts";

it("what a run logged until it parked is not taken for all that it logged before its process was lost", async () => {
  const world = await openWorld();
  const runId = await world.trigger();
  const run = await world.leaseOne();
  const dueAt = world.env.now() + 60_000;
  const waitpoint = { id: "waitpoint_1", entryKey: "wait:for/1m#1", kind: "time", dueAt } as const;
  const append = { ...steps(run), waitpoints: [waitpoint] };
  await world.engine.parkRun({ ...keyOf(run), append, waitingOn: [waitpoint.id] });
  expect(await world.engine.wasParked({ runId })).toBe(true);
  await world.env.advance(60_000);
  const lease = keyOf(await world.leaseOne());
  await world.engine.loseProcess({
    cause: { kind: "died", how: "by SIGKILL" },
    isAlone: false,
    leases: [{ ...lease, hasBegun: true, isOverdue: false }],
  });
  expect(await world.story(runId)).toContain("run.quarantined");
  expect(await world.engine.wasParked({ runId })).toBe(false);
});
