import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { Run } from "../../../core/run.ts";
import { isFinal, OPEN_STATUSES, RUN_STATUSES } from "../../../core/run-state.ts";
import type { Store } from "../../store.ts";
import { type Step, toCall } from "./calls.ts";
import { ANY_SEED, visible } from "./leases.ts";
import { ask, type Call } from "./oracle.ts";
import { survey } from "./queues.ts";
import { byId, createModel, type Model } from "./state.ts";

/** What belongs to runs is read again after so many calls, and at the end; the runs themselves after each. */
const CALLS_BETWEEN_LOOKS = 8;

/** Lets a random history happen to a store and to the model, and compares answers and state after every call. */
export async function compare(store: Store, environmentId: string, steps: readonly Step[]): Promise<void> {
  const model = createModel();
  const here = { environmentId, limit: 1_000 };
  const sent: Call[] = [];
  let now = 1_000;
  for (const [number, step] of steps.entries()) {
    now += step.pause;
    const call = toCall(model, step, { environmentId, now, number });
    await send(call);
    if (step.repeat === "at once") await send(call);
    const older = sent[step.choice % sent.length];
    if (step.repeat === "an older one" && older !== undefined) await send(older);
    sent.push(call);
    if (number % CALLS_BETWEEN_LOOKS === 0 || number === steps.length - 1) await compareBelongings(store, here, model);
  }

  async function send(call: Call): Promise<void> {
    const expected = ask(model, call);
    const answer = await (store[call.verb] as (params: unknown) => Promise<unknown>)(call.params);
    agree({ [call.verb]: withoutSeeds(answer) }, { [call.verb]: expected });
    await compareRuns(store, here, model, now);
  }
}

type Here = { readonly environmentId: string; readonly limit: number };

async function compareRuns(store: Store, here: Here, model: Model, now: number): Promise<void> {
  const runs = runsOf(model);
  agree(await store.listRuns(here), runs);
  const counts = RUN_STATUSES.map((status) => [status, runs.filter((run) => run.status === status).length]);
  agree(await store.countRuns(here), Object.fromEntries(counts));
  const future = runs.filter(({ status, dueAt }) => status === "queued" && dueAt > now).map(({ dueAt }) => dueAt);
  const { runAt } = await store.nextDue({ ...here, now });
  agree(runAt, future.length === 0 ? undefined : Math.min(...future));
  agree(await store.surveyQueues({ ...here, now }), survey(model, now));
  agree(await store.findEnvironment(here), model.environment);
  const asked = runs.filter(
    ({ cancelRequestedAt, phase, status }) => cancelRequestedAt && phase === "running" && !isFinal(status),
  );
  agree(idsOf(await store.listCancelRequested(here)), idsOf(asked.filter(({ status }) => status !== "executing")));
  agree(
    idsOf(await store.listRuns({ ...here, statuses: OPEN_STATUSES })),
    idsOf(runs.filter(({ status }) => !isFinal(status))),
  );
}

async function compareBelongings(store: Store, here: Here, model: Model): Promise<void> {
  for (const { id: runId, journal } of runsOf(model)) {
    const ofRun = { ...here, runId, journal, afterSeq: 0 };
    agree(await store.listRunEvents(ofRun), model.events.get(runId) ?? []);
    const entries = (model.entries.get(runId) ?? []).filter((entry) => entry.journal === journal);
    agree(await store.listEntries(ofRun), entries);
    const waitpoints = [...model.waitpoints.values()].filter((one) => one.runId === runId && one.journal === journal);
    agree([...(await store.listWaitpoints(ofRun))].sort(byId), waitpoints.sort(byId));
    for (const { id: waitpointId } of waitpoints) {
      const children = model.children.get(waitpointId)?.filter(({ id }) => model.runs.has(id)) ?? [];
      agree(
        (await store.listChildren({ ...here, waitpointId })).map(({ id }) => id),
        children.map(({ id }) => id),
      );
    }
  }
}

function runsOf(model: Model): readonly Run[] {
  return [...model.runs.values()].sort((a, b) => b.createdAt - a.createdAt || byId(b, a)).map(visible);
}

function idsOf(runs: readonly Run[]): readonly string[] {
  return runs.map(({ id }) => id).sort();
}

function withoutSeeds(answer: unknown): unknown {
  if (!Array.isArray(answer)) return answer;
  const isSeed = (seed: unknown) => typeof seed === "string" && /^[\w-]{43}$/.test(seed);
  return answer.map((row) => (isSeed(row.seed) ? { ...row, seed: ANY_SEED } : row));
}

/** A hundred times as fast as `expect`, which is left to say what differs. */
function agree(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}
