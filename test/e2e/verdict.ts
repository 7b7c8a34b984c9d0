/** What is left when all processes are gone, and whether it is what was promised. */

import {
  canTransition,
  isFinal,
  RUN_TRANSITIONS,
  type RunStatus,
  type RunTransition,
} from "../../src/core/run-state.ts";
import { createPerdure } from "../../src/embedded/index.ts";
import type { RunObject } from "../../src/sdk/index.ts";
import type { Effect } from "./effects.ts";
import { orderOf } from "./orders.ts";
import { PLACES_OF_LIMITED } from "./workload.ts";

export interface Seen {
  readonly run: RunObject;
  /** Kinds of its events, in order. */
  readonly events: readonly string[];
}

/** Opens the database with no tasks, so that nothing happens any more, and reads all runs. */
export async function readRuns(db: string): Promise<ReadonlyMap<string, Seen>> {
  await using perdure = await createPerdure({ db, tasks: [] });
  const seen = new Map<string, Seen>();
  let after: string | undefined;
  do {
    const page = await perdure.runs.list({ limit: 100, ...(after === undefined ? {} : { after }) });
    for (const run of page.data) {
      const events = await perdure.runs.events(run.id);
      seen.set(run.id, { run, events: events.map(({ kind }) => kind) });
    }
    after = page.pagination.next;
  } while (after !== undefined);
  return seen;
}

/** Nothing that was accepted is lost, and a key leads to one run, until that has failed. */
export function checkAccepted(effects: readonly Effect[], seen: ReadonlyMap<string, Seen>): readonly string[] {
  const runOfKey = new Map<string, string>();
  return effects.flatMap((line) => {
    if (line.kind !== "accepted") return [];
    if (!seen.has(line.run)) return [`order ${line.order} was accepted as ${line.run} and is lost`];
    const { key } = orderOf(line.order);
    if (key === undefined) return [];
    const first = runOfKey.get(key) ?? line.run;
    runOfKey.set(key, first);
    return first === line.run || seen.get(first)?.run.isFailed
      ? []
      : [`order ${line.order} has two runs, ${first} and ${line.run}`];
  });
}

const TRANSITION_OF = new Map(
  Object.entries(RUN_TRANSITIONS).map(([name, { event, to }]) => [
    event as string,
    { name: name as RunTransition, to },
  ]),
);

/** Each run took a way of the table, to one end, which is the last that was heard of it. */
export function checkStories(seen: ReadonlyMap<string, Seen>): readonly string[] {
  return [...seen.values()].flatMap(({ run, events }) => {
    let status: RunStatus = "queued";
    for (const event of events) {
      const transition = TRANSITION_OF.get(event);
      if (transition === undefined) continue;
      if (!canTransition(transition.name, status))
        return [`run ${run.id}: ${event} while ${status}: ${events.join(" ")}`];
      status = transition.to;
    }
    return isFinal(status) && run.status === status ? [] : [`run ${run.id} is ${run.status}: ${events.join(" ")}`];
  });
}

/**
 * A step begins again only when its process was killed, or it failed, and never after the code had its result. A process that
 * got no time to renew its leases loses runs although it lives: those steps are counted apart. A reaping covers each step of its
 * run that was under way, once: several may be at a time.
 */
export function checkSteps(
  effects: readonly Effect[],
  seen: ReadonlyMap<string, Seen>,
): { problems: readonly string[]; repeated: number; lost: number } {
  const begun = new Map<string, { life: number; isOver: boolean; isGiven: boolean; cuts: number }>();
  const dead = new Set<number>();
  const reapings = new Map(
    [...seen].map(([id, { events }]) => [id, events.filter((kind) => kind === "run.reaped").length]),
  );
  const problems: string[] = [];
  let repeated = 0;
  let lost = 0;
  for (const line of effects) {
    if (line.kind === "killed") dead.add(line.life);
    if (line.kind !== "began" && line.kind !== "threw" && line.kind !== "given") continue;
    const name = `${line.step} of ${line.run}`;
    const last = begun.get(name);
    if (line.kind === "began") {
      let cuts = last?.cuts ?? 0;
      if (last?.isGiven) problems.push(`${name} was recorded, and began again in process ${line.life}`);
      if (last !== undefined && !last.isOver) {
        repeated++;
        cuts++;
        if (cuts > (reapings.get(line.run) ?? 0))
          problems.push(`${name} began in process ${line.life} while process ${last.life} was at it`);
        if (!dead.has(last.life)) lost++;
      }
      begun.set(name, { life: line.life, isOver: false, isGiven: false, cuts });
    } else if (last === undefined) {
      problems.push(`${name} has a result and never began`);
    } else {
      begun.set(name, { ...last, isOver: true, isGiven: last.isGiven || line.kind === "given" });
    }
  }
  return { problems, repeated, lost };
}

/** No more runs at the code of the limited queue than it has places; a killed process has left it. */
export function checkLimit(effects: readonly Effect[]): readonly string[] {
  const inside = new Map<string, number>();
  const problems: string[] = [];
  for (const line of effects) {
    if (line.kind === "entered") inside.set(line.run, line.life);
    if (line.kind === "left") inside.delete(line.run);
    if (line.kind === "killed") for (const [run, life] of inside) if (life === line.life) inside.delete(run);
    if (inside.size > PLACES_OF_LIMITED) problems.push(`${inside.size} runs at once: ${[...inside.keys()].join(" ")}`);
  }
  return problems;
}

/** A run that ended badly had each of its steps taken back, the latest first. */
export function checkUndos(effects: readonly Effect[], seen: ReadonlyMap<string, Seen>): readonly string[] {
  return [...seen.values()].flatMap(({ run }) => {
    if (run.taskIdentifier !== "undone") return [];
    const undone = effects.flatMap((line) => (line.kind === "undid" && line.run === run.id ? [line.step] : []));
    const inOrder = undone.toSorted((a, b) => b.localeCompare(a)).join(" ") === undone.join(" ");
    return inOrder && undone.includes("pay") && undone.includes("book")
      ? []
      : [`run ${run.id} was undone so: ${undone.join(" ")}`];
  });
}

/** What became of each order and of all its children, in words that two histories can be compared by. */
export function resultsOf(effects: readonly Effect[], seen: ReadonlyMap<string, Seen>): readonly string[] {
  const orderOfRun = new Map(effects.flatMap((line) => (line.kind === "accepted" ? [[line.run, line.order]] : [])));
  const results = new Set<string>();
  for (const { run } of seen.values()) {
    const order = orderOfRun.get(run.rootRunId) ?? (run.parentRunId === undefined ? run.payload : undefined);
    if (order === undefined) continue;
    const { taskIdentifier, payload, status, output, error } = run;
    results.add(JSON.stringify({ order, taskIdentifier, payload, status, output, error: error?.message }));
  }
  return [...results].sort();
}

export function countEvents(seen: ReadonlyMap<string, Seen>, kind: string): number {
  return [...seen.values()].flatMap(({ events }) => events).filter((event) => event === kind).length;
}
