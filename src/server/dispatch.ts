import { checkPayloads, checkSize } from "../core/size.ts";
import type { Engine } from "../engine/index.ts";
import type { ClientCalls, WorkerCalls } from "../protocol/index.ts";
import {
  accept,
  awaitSchema,
  eventsSchema,
  listSchema,
  nothingSchema,
  replaySchema,
  requestsSchema,
  runSchema,
  triggerSchema,
} from "../protocol/index.ts";
import type { Monitor } from "./monitor.ts";
import { queueCalls } from "./queue-calls.ts";
import { runView } from "./run-view.ts";

/** The calls of both tables, wherever they come from: every transport ends here. */
export type Dispatch = ClientCalls & WorkerCalls;

/** Checks what comes from outside, and hands it to the engine. What is too large is refused before it is looked at. */
export function createDispatch(engine: Engine, monitor: Pick<Monitor, "status">): Dispatch {
  return { ...clientCalls(engine, monitor), ...workerCalls(engine) };
}

function clientCalls(engine: Engine, monitor: Pick<Monitor, "status">): ClientCalls {
  return {
    async trigger(input) {
      checkPayloads(input.requests);
      return { runs: await engine.triggerRuns(accept("trigger", triggerSchema, input)) };
    },
    retrieve: async (input) => runView(await engine.getRun(accept("runs.retrieve", runSchema, input).runId)),
    async list(input) {
      const { runs, next } = await engine.listRuns(accept("runs.list", listSchema, input));
      return { runs: runs.map(runView), ...(next === undefined ? {} : { next }) };
    },
    events: async (input) => ({ events: await engine.listRunEvents(accept("runs.events", eventsSchema, input)) }),
    async cancel(input) {
      const { runId } = accept("runs.cancel", runSchema, input);
      await engine.cancelRun(runId);
      return { id: runId };
    },
    async replay(input) {
      checkSize(input.payload, "The payload of the replay");
      return { id: await engine.replayRun(accept("runs.replay", replaySchema, input)) };
    },
    async restart(input) {
      const { runId } = accept("runs.restart", runSchema, input);
      await engine.restartRun(runId);
      return { id: runId };
    },
    awaitRun: async (input) => runView(await engine.awaitRun(accept("runs.await", awaitSchema, input))),
    explain: async (input) => engine.explainRun(accept("runs.explain", runSchema, input).runId),
    async status(input) {
      accept("status", nothingSchema, input);
      return monitor.status();
    },
    ...queueCalls(engine),
  };
}

/** Workers are ours; only the requests that user code wrote are checked as a client's are. */
function workerCalls(engine: Engine): WorkerCalls {
  return {
    lease: (input) => engine.leaseRuns(input),
    renew: ({ leases }) => engine.renewLeases(leases),
    release: ({ leases }) => engine.releaseRuns(leases),
    record: (input) => engine.recordEntries(input),
    async triggerFrom({ requests, runIds, batchId, ...rest }) {
      checkPayloads(requests);
      const asked = batchId === undefined ? { requests, runIds } : { requests, runIds, batchId };
      return engine.triggerFromRun({ ...rest, ...accept("trigger", requestsSchema, asked) });
    },
    park: (input) => engine.parkRun(input),
    unpark: (lease) => engine.unparkRun(lease),
    finish: (input) => engine.finishAttempt(input),
    readEntries: (page) => engine.readEntries(page),
    readEntry: (place) => engine.readEntry(place),
    readStepKeys: (run) => engine.readStepKeys(run),
    readOwedUndos: (run) => engine.readOwedUndos(run),
    readWaitpoints: (run) => engine.readWaitpoints(run),
    readChildren: (of) => engine.readChildren(of),
  };
}
