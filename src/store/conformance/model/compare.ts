import { expect } from "vitest";
import { isFinal, OPEN_STATUSES, RUN_STATUSES } from "../../../core/run-state.ts";
import type { Store } from "../../store.ts";
import { type Step, toCall } from "./calls.ts";
import { visible } from "./leases.ts";
import { ask, type Call } from "./oracle.ts";
import { byId, createModel, type Model } from "./state.ts";

/** Lets a random history happen to a store and to the model, and compares answers and state after every call. */
export async function compare(store: Store, environmentId: string, steps: readonly Step[]): Promise<void> {
  const model = createModel();
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
  }

  async function send(call: Call): Promise<void> {
    const expected = ask(model, call);
    const answer = await (store[call.verb] as (params: unknown) => Promise<unknown>)(call.params);
    expect({ [call.verb]: answer }).toEqual({ [call.verb]: expected });
    await compareState(store, environmentId, model, now);
  }
}

async function compareState(store: Store, environmentId: string, model: Model, now: number): Promise<void> {
  const [here, limit] = [{ environmentId }, 1_000];
  const runs = [...model.runs.values()].sort((a, b) => b.createdAt - a.createdAt || byId(b, a)).map(visible);
  expect(await store.listRuns({ ...here, limit })).toEqual(runs);
  for (const { id: runId, journal } of runs) {
    const events = await store.listRunEvents({ ...here, runId, afterSeq: 0, limit });
    expect(events).toEqual(model.events.get(runId) ?? []);
    const entries = (model.entries.get(runId) ?? []).filter((entry) => entry.journal === journal);
    expect(await store.listEntries({ ...here, runId, journal, afterSeq: 0, limit })).toEqual(entries);
    const waitpoints = [...model.waitpoints.values()].filter((one) => one.runId === runId && one.journal === journal);
    const listed = await store.listWaitpoints({ ...here, runId, journal });
    expect([...listed].sort(byId)).toEqual(waitpoints.sort(byId));
  }
  const counts = RUN_STATUSES.map((status) => [status, runs.filter((run) => run.status === status).length]);
  expect(await store.countRuns(here)).toEqual(Object.fromEntries(counts));
  const toCancel = runs.filter(
    (run) =>
      run.cancelRequestedAt !== undefined &&
      !isFinal(run.status) &&
      run.status !== "executing" &&
      run.phase === "running",
  );
  expect((await store.listCancelRequested({ ...here, limit })).map(({ id }) => id).sort()).toEqual(
    toCancel.map(({ id }) => id).sort(),
  );
  const future = runs.filter(({ status, dueAt }) => status === "queued" && dueAt > now).map(({ dueAt }) => dueAt);
  const { runAt } = await store.nextDue({ ...here, now });
  expect(runAt).toBe(future.length === 0 ? undefined : Math.min(...future));
  const open = runs.filter(({ status }) => OPEN_STATUSES.includes(status)).length;
  expect((await store.listRuns({ ...here, limit, statuses: OPEN_STATUSES })).length).toBe(open);
}
