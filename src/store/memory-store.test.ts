import { describe, expect, it } from "vitest";
import { type ToyStore, toyDefinition } from "../../test/store/toy-verbs.ts";
import type { Env } from "../core/env.ts";
import { openMemoryStore } from "./memory-store.ts";
import { sql } from "./sql.ts";
import type { Statements } from "./verb.ts";

/** An env that counts what it was asked, and has neither timers nor turns. */
function countingEnv(): Env & { readonly drawn: number[] } {
  const drawn: number[] = [];
  const refuse = () => {
    throw new Error("A store in memory waits for nothing");
  };
  return {
    drawn,
    now: () => 1_000,
    monotonic: () => 0,
    random: refuse,
    randomBytes(length) {
      drawn.push(length);
      return new Uint8Array(length).fill(drawn.length);
    },
    timer: refuse,
    turn: refuse,
  };
}

async function open(env: Env, options: object = {}): Promise<ToyStore> {
  return (await openMemoryStore({ env, ...toyDefinition, ...options })) as unknown as ToyStore;
}

describe("a store in memory", () => {
  it("draws the same chance for the same calls, and waits for no timer and no turn", async () => {
    const drawn = await Promise.all(
      [1, 2].map(async () => {
        const env = countingEnv();
        const store = await open(env);
        await store.createRuns({ environmentId: "env", id: "a", runs: [{ payload: "x".repeat(200_000) }] });
        expect((await store.findRun({ environmentId: "env", id: "a" }))?.payload).toHaveLength(200_000);
        expect(store.now()).toBe(1_000);
        await store.close();
        return env.drawn;
      }),
    );
    expect(drawn[0]).toEqual(drawn[1]);
  });

  it("has done a verb when the call returns", async () => {
    const store = await open(countingEnv());
    const order: string[] = [];
    const written = store.keep({ environmentId: "env", id: "a" }).then(() => order.push("written"));
    const ids = store.listIds({}).then((found) => order.push(`read ${found.length}`));
    await Promise.all([written, ids]);
    expect(order).toContain("read 1");
  });

  it("may have its verbs replaced, and its node be one of several", async () => {
    function* keepTwice(params: { id: string }): Statements<unknown> {
      yield sql`insert into notes (id) values (${params.id}), (${`${params.id} again`})`;
      return {};
    }
    const store = await open(countingEnv(), {
      writes: { ...toyDefinition.writes, keep: keepTwice },
      isSingleNode: false,
    });
    await store.keep({ environmentId: "env", id: "a" });
    expect(await store.listIds({})).toEqual(["a", "a again"]);
    expect(store.isSingleNode).toBe(false);
  });
});
