import { describe, expect, it } from "vitest";
import { keyOf, LEASE_MS, openWorld, steps, type World } from "../../test/engine/world.ts";
import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import type { Run } from "../core/run.ts";
import { isFinal } from "../core/run-state.ts";
import type { Store } from "../store/store.ts";
import { createChance } from "../testing/chance.ts";

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

/** Calls `action` in place of the store's verb. */
function instead(store: Store, action: (verb: string, send: () => Promise<unknown>) => Promise<unknown>): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || name === "now") return member;
      return (params: object) => action(String(name), () => member.call(target, params));
    },
  });
}

/** A database whose answers get lost now and then, and which is sometimes not there at all. */
function flaky(seed: number) {
  const chance = createChance(seed);
  const away = () => perdureError("STORE_UNAVAILABLE", { problem: "test" });
  return (store: Store) =>
    instead(store, async (verb, send) => {
      const isRead = /^(find|list|count|next)/.test(verb);
      const luck = chance.next();
      if (luck < 0.1 && !isRead) throw away();
      const answer = await send();
      if (luck > 0.9 && !isRead) throw away();
      return answer;
    });
}

/** Does with a run what chance says: goes on with it, waits, starts a child, fails, dies or ends. */
async function live(world: World, run: Run, luck: number): Promise<void> {
  const { engine, env } = world;
  const key = keyOf(run);
  const append = steps(run, `step:${run.entrySeq}#1`);
  if (luck < 0.15) return void (await env.advance(LEASE_MS * 2));
  if (luck < 0.25) return void (await env.runUntil(engine.cancelRun(run.id)));
  if (luck < 0.35) return void (await env.runUntil(engine.releaseRuns([key])));
  if (luck < 0.5) {
    const id = createId("waitpoint", env);
    const waitpoints = [
      { id, entryKey: `wait:for/${run.entrySeq}#1`, kind: "time" as const, dueAt: env.now() + 5_000 },
    ];
    return void (await env.runUntil(engine.parkRun({ ...key, append: { ...append, waitpoints }, waitingOn: [id] })));
  }
  if (luck < 0.65 && run.depth < 2) {
    const waitpoint = { id: createId("waitpoint", env), entryKey: `children:child/${run.entrySeq}#1` };
    const asked = { requests: [{ task: "child", options: {} }], runIds: [createId("run", env)] };
    const answer = await env.runUntil(engine.triggerFromRun({ ...key, append, ...asked, waitpoint }));
    if (answer.state === "lost") return;
    const after = { firstSeq: run.entrySeq + 2, entries: [], waitpoints: [] };
    return void (await env.runUntil(engine.parkRun({ ...key, append: after, waitingOn: [waitpoint.id] })));
  }
  const failure = { kind: "error" as const, name: "Error", message: "no" };
  await world.finish({ ...key, append }, luck < 0.75 ? { kind: "threw", failure } : { kind: "returned", output: "1" });
}

describe("in a world of trouble", () => {
  it.each(SEEDS)("every run ends, once (seed %d)", async (seed) => {
    const tasks = ["job", "child"].map((id) => ({
      id,
      queue: { name: "shared", concurrencyLimit: 3 },
      retry: { maxAttempts: 3 },
    }));
    const world = await openWorld({ tasks, around: flaky(seed) });
    const chance = createChance(seed);
    for (let i = 0; i < 8; i++) await world.trigger(i % 3 === 0 ? { delayMs: 2_000 } : {});
    for (let rounds = 0; rounds < 400; rounds++) {
      const ready = await world.lease(5);
      for (const run of ready) await live(world, run, chance.next());
      if (ready.length === 0) await world.env.advance(3_000);
    }
    await world.env.advance(60_000);
    const { runs } = await world.engine.listRuns({ limit: 100 });
    expect(runs.length).toBeGreaterThanOrEqual(8);
    for (const run of runs) {
      expect(isFinal(run.status), `${run.id} is ${run.status}`).toBe(true);
      const story = await world.story(run.id);
      expect(story.filter((kind) => ["run.completed", "run.failed", "run.canceled"].includes(kind))).toHaveLength(1);
      expect(story.filter((kind) => kind === "run.created")).toHaveLength(1);
    }
    expect(world.problems).toEqual([]);
    await world.env.runUntil(world.engine.stop());
    expect(world.env.timers).toBe(0);
  });

  it("goes on asking for runs when the database did not answer, and the call that was held gets them", async () => {
    let failures = 1;
    const world = await openWorld({
      around: (store) =>
        instead(store, async (verb, send) => {
          const answer = await send();
          if (verb === "leaseRuns" && failures-- > 0) throw new Error("torn");
          return answer;
        }),
    });
    const id = await world.trigger();
    const leased = world.engine.leaseRuns({ workerId: "w", leaseId: "l", tasks: ["job"], limit: 1, waitMs: 1_000 });
    const { runs } = await world.env.runUntil(leased);
    expect(runs.map((run) => [run.id, run.epoch])).toEqual([[id, 1]]);
    expect(world.problems).toEqual([new Error("torn")]);
  });

  it("tells a worker whose time is over that its request failed, so that it repeats it", async () => {
    const world = await openWorld({
      around: (store) =>
        instead(store, async (verb, send) => {
          if (verb === "leaseRuns") throw new Error("torn");
          return send();
        }),
    });
    const leased = world.engine.leaseRuns({ workerId: "w", leaseId: "l", tasks: ["job"], limit: 1, waitMs: 50 });
    await expect(world.env.runUntil(leased)).rejects.toThrow("torn");
  });

  it("does not let a listener's error stop the loop that pokes it", async () => {
    const world = await openWorld();
    world.engine.onPoke(() => {
      throw new Error("deaf");
    });
    const end = world.engine.onPoke(() => {
      throw new Error("gone");
    });
    end();
    const id = await world.trigger();
    await world.leaseOne();
    await world.engine.cancelRun(id);
    expect(world.problems).toEqual([new Error("deaf")]);
  });
});
