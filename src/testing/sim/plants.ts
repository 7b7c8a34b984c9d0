/**
 * Bugs put in on purpose, each of a kind that systems like ours have had, to see whether the simulator finds it. They are
 * planted from outside, by replacing a verb, its SQL or the way to the store: the product has no switch for them.
 */
import { sleep } from "../../core/env.ts";
import type { NewRun, Store, VerbTable } from "../../store/index.ts";
import { sql } from "../../store/sql.ts";
import type { Row, Statements, Verb, VerbContext } from "../../store/verb.ts";
import type { SimProcess } from "./process.ts";
import { mapped, replacing, rewriting } from "./rewriting.ts";
import type { Plant } from "./simulate.ts";

/** A plant, and how often it came to act: one that never did proves nothing. */
export interface Planted extends Plant {
  readonly acted: () => number;
}

/** Writes of whoever held the run at any time are kept: the fence compares nothing. */
function withoutEpochCheck(): Planted {
  let acted = 0;
  const unfenced = (verb: Verb): Verb =>
    function* (params: { environmentId: string; runId: string; epoch: number }, context: VerbContext) {
      const [row] = yield sql`
        select epoch from runs where environment_id = ${params.environmentId} and id = ${params.runId}`;
      const epoch = (row?.["epoch"] as number | undefined) ?? params.epoch;
      if (epoch !== params.epoch) acted += 1;
      return yield* verb({ ...params, epoch }, context);
    };
  const fenced = ["appendEntries", "parkRun", "completeRun", "retryRun", "failRun"];
  return {
    writes: (writes) => fenced.reduce((table, name) => replacing(table, name, unfenced(table[name] as Verb)), writes),
    acted: () => acted,
  };
}

/** New runs are acknowledged at once and written a little later, if the node lives to do so. */
function ackBeforeCommit(): Planted {
  let acted = 0;
  return {
    around: (store, { env }) => ({
      ...store,
      async createRuns(params) {
        if (params.parent !== undefined) return store.createRuns(params);
        acted += 1;
        void sleep(env, WRITTEN_AFTER_MS)
          .then(() => store.createRuns(params))
          .catch(() => undefined);
        return { created: params.runs.map(({ id }: NewRun) => ({ id, status: "queued" as const, isCached: false })) };
      },
    }),
    acted: () => acted,
  };
}

const WRITTEN_AFTER_MS = 300;

/** Whoever parks does not look whether what it waits for has come already. */
function lostWakeUp(): Planted {
  return planted("parkRun", /status = 'completed'/, "status = 'nothing'");
}

/** The lease that follows a wake keeps the epoch. */
function leaseNotRaised(): Planted {
  return planted(
    "leaseRuns",
    /epoch = epoch \+ 1/,
    `epoch = epoch + (select count(*) from run_events where run_events.environment_id = runs.environment_id
      and run_id = runs.id and seq = runs.event_seq and kind <> 'run.woken')`,
  );
}

/** A lost lease begins the attempts anew. */
function attemptsReset(): Planted {
  return planted("reapRun", /due_at = /, "attempt = 1, due_at = ");
}

/** Free places are counted in one transaction and filled in another; between the two another worker may fill them too. */
function limitWithoutLock(): Planted {
  let acted = 0;
  return {
    writes: (writes) =>
      replacing(
        writes,
        "leaseRuns",
        withOldCounts(writes["leaseRuns"] as Verb, () => acted++),
      ),
    around: (store: Store, { env }: SimProcess) => ({
      ...store,
      async leaseRuns(params) {
        const counted = await store.listRuns({
          environmentId: params.environmentId,
          statuses: ["executing"],
          limit: 1_000,
        });
        await sleep(env, COUNTED_BEFORE_MS);
        const counts: Record<string, number> = {};
        for (const { queue } of counted) counts[queue] = (counts[queue] ?? 0) + 1;
        return store.leaseRuns({ ...params, counts } as typeof params);
      },
    }),
    acted: () => acted,
  };
}

const COUNTED_BEFORE_MS = 20;

function withOldCounts(verb: Verb, act: () => void): Verb {
  return function* (params: { counts?: Readonly<Record<string, number>> }, context: VerbContext): Statements<unknown> {
    const { counts = {} } = params;
    const recount = (row: Row): Row => {
      const name = (row["queue"] ?? row["name"]) as string;
      if (row["executing"] === undefined || row["executing"] === (counts[name] ?? 0)) return row;
      act();
      return { ...row, executing: counts[name] ?? 0 };
    };
    return yield* mapped(
      verb(params, context),
      (query) => query,
      (_, rows) => rows.map(recount),
    );
  };
}

/** Leases look at the limits of queues and not at their pauses. */
function pauseOverlooked(): Planted {
  const counts: (() => number)[] = [];
  return {
    writes: (writes) =>
      (
        [
          [/ and paused_at is null/, ""],
          [/concurrency_limit, paused_at from/, "concurrency_limit, null as paused_at from"],
        ] as const
      ).reduce((table, [find, replacement]) => {
        const { verb, matches } = rewriting(table["leaseRuns"] as Verb, find, replacement);
        counts.push(matches);
        return replacing(table, "leaseRuns", verb);
      }, writes),
    acted: () => counts.reduce((sum, count) => sum + count(), 0),
  };
}

/** Whoever was beside a run that took their process down goes on beside it. */
function noQuarantine(): Planted {
  let acted = 0;
  return {
    writes: (writes) =>
      replacing(writes, "quarantineRun", function* (params: unknown, context: VerbContext): Statements<unknown> {
        acted += 1;
        return yield* (writes["reapRun"] as Verb)(params, context);
      }),
    acted: () => acted,
  };
}

function planted(name: string, find: RegExp, replacement: string): Planted {
  let matches = () => 0;
  return {
    writes(writes: VerbTable) {
      const rewritten = rewriting(writes[name] as Verb, find, replacement);
      matches = rewritten.matches;
      return replacing(writes, name, rewritten.verb);
    },
    acted: () => matches(),
  };
}

/** Each with the promise that it breaks. */
export const PLANTS: readonly {
  readonly name: string;
  readonly plant: () => Planted;
  readonly breaks: string;
}[] = [
  { name: "no epoch check", plant: withoutEpochCheck, breaks: "one owner" },
  { name: "an answer before the commit", plant: ackBeforeCommit, breaks: "accepted runs end once" },
  { name: "a lost wake-up", plant: lostWakeUp, breaks: "everything comes to rest" },
  { name: "a lease that is not raised after a wake", plant: leaseNotRaised, breaks: "one owner" },
  { name: "a limit counted without a lock", plant: limitWithoutLock, breaks: "queue limits" },
  { name: "a pause that leases overlook", plant: pauseOverlooked, breaks: "a pause lets nothing begin" },
  { name: "attempts reset when a lease is lost", plant: attemptsReset, breaks: "attempts are counted" },
  { name: "no quarantine", plant: noQuarantine, breaks: "no innocent run crashes" },
];
