/**
 * Writes on Postgres: those of one turn of the event loop are one transaction, on one of a few connections. While all of them
 * are busy the next group grows.
 */
import type { Pool, PoolClient } from "pg";
import { type Env, sleep } from "../core/env.ts";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { nextBatch, sizeOf } from "./batches.ts";
import { isNewWork } from "./new-work.ts";
import { inTransaction, isCollision, runOn, statementError } from "./postgres-pool.ts";
import type { StoreOptions } from "./store-options.ts";
import { findVerb, type VerbContext, type VerbTable } from "./verb.ts";

export interface LanesOptions {
  readonly env: Env;
  readonly pool: Pool;
  readonly writes: VerbTable;
  readonly context: VerbContext;
  readonly path: string;
  readonly onBatch?: StoreOptions["onBatch"];
}

interface Pending {
  readonly verb: string;
  readonly params: unknown;
  readonly size: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export const LANES = 4;
const MAX_GROUP = 100;
const MAX_WAITING = 50_000;

/**
 * Two groups that lock rows in different orders would wait a second for the deadlock detector. After this time a group
 * lets go, and its verbs, each of which locks in a sound order, go one by one.
 */
const BEGIN_GROUP = "begin; set local lock_timeout = 100";
const BEGIN_ALONE = "begin; set local lock_timeout = 5000";
const MAX_TRIES = 6;
const RETRY_AFTER_MS = 10;

export function createLanes({ env, pool, writes, context, path, onBatch }: LanesOptions): {
  /** Calls that nobody has answered yet. */
  readonly waiting: number;
  write(verb: string, params: unknown): Promise<unknown>;
} {
  const waiting: Pending[] = [];
  const newWork: Pending[] = [];
  let busyLanes = 0;
  let underWay = 0;
  let isTurnAsked = false;
  return {
    get waiting() {
      return waiting.length + newWork.length + underWay;
    },
    write,
  };

  function write(verb: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const list = isNewWork(verb) ? newWork : waiting;
      if (newWork.length >= MAX_WAITING && list === newWork) throw perdureError("STORE_BUSY", { limit: MAX_WAITING });
      list.push({ verb, params, size: sizeOf(params), resolve, reject });
      if (isTurnAsked) return;
      isTurnAsked = true;
      env.turn(() => {
        isTurnAsked = false;
        fillLanes();
      });
    });
  }

  /** What runs already goes before new work. */
  function fillLanes(): void {
    while (busyLanes < LANES && waiting.length + newWork.length > 0) {
      const group = nextBatch(waiting.length > 0 ? waiting : newWork, MAX_GROUP);
      busyLanes++;
      underWay += group.length;
      const sentAt = env.monotonic();
      void runGroup(group).finally(() => {
        busyLanes--;
        underWay -= group.length;
        onBatch?.({ writes: group.length, ms: env.monotonic() - sentAt });
        fillLanes();
      });
    }
  }

  async function runGroup(group: readonly Pending[]): Promise<void> {
    const [only] = group;
    if (group.length === 1 && only !== undefined) return runAlone(only);
    try {
      const results = await inTransaction(pool, BEGIN_GROUP, (client) => runAll(client, group));
      for (const [i, { resolve }] of group.entries()) resolve(results[i]);
    } catch (error) {
      if (!isPerdureError(error, "STORE_UNAVAILABLE")) for (const pending of group) await runAlone(pending);
      else for (const { reject } of group) reject(error);
    }
  }

  async function runAll(client: PoolClient, group: readonly Pending[]): Promise<readonly unknown[]> {
    const results: unknown[] = [];
    for (const pending of group) results.push(await run(client, pending));
    return results;
  }

  async function runAlone(pending: Pending): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return pending.resolve(await inTransaction(pool, BEGIN_ALONE, (client) => run(client, pending)));
      } catch (error) {
        if (!isCollision(error) || tries === MAX_TRIES) return pending.reject(statementError(error, path));
        await sleep(env, RETRY_AFTER_MS * 2 ** tries * env.random());
      }
    }
  }

  async function run(client: PoolClient, { verb, params }: Pending): Promise<unknown> {
    return runOn(client, findVerb(writes, verb)(params, context));
  }
}
