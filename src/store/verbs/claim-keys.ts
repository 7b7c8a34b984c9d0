import { chunks, joined } from "../literals.ts";
import { rows, sql } from "../sql.ts";
import type { At, NewRun } from "../store.ts";
import type { Statements } from "../verb.ts";
import { indexable } from "./values.ts";

interface KeyedRun {
  readonly run: NewRun;
  readonly task: string;
  readonly key: string;
}

/** For each of these runs that has an idempotency key: the id of the run that has the key after this, itself or an earlier one. */
export function* claimKeys(
  { environmentId, now }: At,
  runs: readonly NewRun[],
): Statements<ReadonlyMap<string, string>> {
  const keyed = keyedRuns(runs);
  // Of several with one key the first stands for all. Sorted, so that two nodes never wait for each other's keys.
  const claims = [...new Map([...keyed].reverse().map((one) => [nameOf(one), one])).values()].sort((a, b) =>
    nameOf(a) < nameOf(b) ? -1 : 1,
  );
  const owners = new Map<string, string>();
  for (const chunk of chunks(claims)) {
    const tuples = chunk.map(
      ({ run, task, key }) => sql`(${environmentId}, ${task}, ${key}, ${run.id}, ${run.idempotentUntil})`,
    );
    // A key whose row another transaction has just written is waited for, and seen as that one left it.
    const claimed = yield sql`
      insert into idempotency_keys (environment_id, task, key, run_id, idempotent_until) values ${joined(tuples)}
      on conflict (environment_id, task, key) do update
        set run_id = excluded.run_id, idempotent_until = excluded.idempotent_until
        where idempotency_keys.idempotent_until <= ${now}
          or (select status from runs
            where runs.environment_id = ${environmentId} and runs.id = idempotency_keys.run_id) = 'failed'
      returning task, key, run_id`;
    for (const row of claimed) owners.set(nameOf(row as unknown as KeyedRun), row["run_id"] as string);
  }
  const taken = claims.filter((claim) => !owners.has(nameOf(claim)));
  for (const row of yield* findOwners(environmentId, taken)) owners.set(nameOf(row), row.runId);
  return new Map(keyed.map((one) => [one.run.id, owners.get(nameOf(one)) ?? one.run.id]));
}

/** The runs that have the keys of these now. */
export function* findKeyedRuns({ environmentId }: At, runs: readonly NewRun[]): Statements<readonly string[]> {
  return (yield* findOwners(environmentId, keyedRuns(runs))).map(({ runId }) => runId);
}

function* findOwners(
  environmentId: string,
  keyed: readonly KeyedRun[],
): Statements<readonly { task: string; key: string; runId: string }[]> {
  if (keyed.length === 0) return [];
  const found = yield sql`
    select idempotency_keys.task, idempotency_keys.key, run_id
    from ${rows(
      keyed.map(({ task, key }) => ({ task, key })),
      { task: "text", key: "text" },
    )} as asked
    cross join idempotency_keys
    where environment_id = ${environmentId}
      and idempotency_keys.task = asked.task and idempotency_keys.key = asked.key`;
  return found.map((row) => ({
    task: row["task"] as string,
    key: row["key"] as string,
    runId: row["run_id"] as string,
  }));
}

function keyedRuns(runs: readonly NewRun[]): readonly KeyedRun[] {
  return runs.flatMap((run) =>
    run.idempotencyKey === undefined ? [] : [{ run, task: run.task, key: indexable(run.idempotencyKey) }],
  );
}

function nameOf({ task, key }: Pick<KeyedRun, "task" | "key">): string {
  return JSON.stringify([task, key]);
}
