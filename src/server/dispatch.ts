import type { ApiKey, ApiKeySummary } from "../core/api-key.ts";
import { defined } from "../core/defined.ts";
import { checkPayloads, checkSize } from "../core/size.ts";
import type { Engine } from "../engine/index.ts";
import type { KeyRequest, PublicTokenRequest } from "../protocol/client-calls.ts";
import type { ClientCalls, WorkerCalls } from "../protocol/index.ts";
import {
  accept,
  awaitSchema,
  createKeySchema,
  eventsSchema,
  journalSchema,
  listKeysSchema,
  listSchema,
  logsSchema,
  nothingSchema,
  publicTokenSchema,
  replaySchema,
  requestsSchema,
  restartSchema,
  revokeKeySchema,
  runSchema,
  triggerSchema,
} from "../protocol/index.ts";
import { type BatchCalls, batchCalls } from "./batch-calls.ts";
import { type ChangeCalls, changeCalls } from "./change-calls.ts";
import type { Monitor } from "./monitor.ts";
import { queueCalls } from "./queue-calls.ts";
import { runView } from "./run-view.ts";

/** The calls of both tables, wherever they come from: every transport ends here. */
export type Dispatch = ClientCalls & WorkerCalls;

/** Checks what comes from outside, and hands it to the engine. What is too large is refused before it is looked at. */
export function createDispatch(engine: Engine, monitor: Pick<Monitor, "status">): Dispatch {
  return { ...clientCalls(engine, monitor), ...batchCalls(engine), ...changeCalls(engine), ...workerCalls(engine) };
}

function clientCalls(
  engine: Engine,
  monitor: Pick<Monitor, "status">,
): Omit<ClientCalls, keyof BatchCalls | keyof ChangeCalls> {
  return {
    trigger: async (input) => ({ runs: await engine.triggerRuns(acceptTrigger(input)) }),
    retrieve: async (input) => runView(await engine.getRun(accept("runs.retrieve", runSchema, input).runId)),
    async list(input) {
      const { runs, next } = await engine.listRuns(accept("runs.list", listSchema, input));
      return { runs: runs.map(runView), ...(next === undefined ? {} : { next }) };
    },
    events: async (input) => ({ events: await engine.listRunEvents(accept("runs.events", eventsSchema, input)) }),
    journal: (input) => engine.showJournal(accept("runs.journal", journalSchema, input)),
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
      const asked = accept("runs.restart", restartSchema, input);
      await engine.restartRun(asked);
      return { id: asked.runId };
    },
    awaitRun: async (input) => runView(await engine.awaitRun(accept("runs.await", awaitSchema, input))),
    createPublicToken: (input) => createPublicToken(engine, input),
    createKey: (input) => createKey(engine, input),
    async listKeys(input) {
      accept("keys.list", listKeysSchema, input);
      return { keys: await engine.keys.list() };
    },
    async revokeKey(input) {
      return { key: await engine.keys.revoke(accept("keys.revoke", revokeKeySchema, input).keyId) };
    },
    explain: async (input) => engine.explainRun(accept("runs.explain", runSchema, input).runId),
    async status(input) {
      accept("status", nothingSchema, input);
      return monitor.status();
    },
    ...queueCalls(engine),
    logs: (input) => engine.readLogs(accept("runs.logs", logsSchema, input)),
  };
}

/** @throws {PerdureError} `VALUE_TOO_LARGE`, `OPTION_UNSUPPORTED`, `OPTION_INVALID`. */
export function acceptTrigger(input: Parameters<ClientCalls["trigger"]>[0]): Parameters<ClientCalls["trigger"]>[0] {
  checkPayloads(input.requests);
  return accept("trigger", triggerSchema, input);
}

/** @param keyId - The key of whoever asks; absent for the one with which the server was started. */
export async function createPublicToken(
  engine: Engine,
  input: PublicTokenRequest,
  keyId?: string,
): Promise<{ token: string }> {
  return { token: await engine.createPublicToken(accept("auth.createPublicToken", publicTokenSchema, input), keyId) };
}

async function createKey(engine: Engine, input: KeyRequest): Promise<{ key: ApiKeySummary; secret: string }> {
  const { keyId, name, ttlMs, expiresAt } = accept("keys.create", createKeySchema, input);
  const end = ttlMs === undefined ? expiresAt : engine.now() + ttlMs;
  const { secret, ...key }: ApiKey = await engine.keys.create({ keyId, name, ...defined({ expiresAt: end }) });
  return { key, secret };
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
    unpark: (input) => engine.unparkRun(input),
    finish: (input) => engine.finishAttempt(input),
    readEntries: (page) => engine.readEntries(page),
    readContinuation: (of) => engine.readContinuation(of),
    readEntry: (place) => engine.readEntry(place),
    readStepKeys: (run) => engine.readStepKeys(run),
    readOwedUndos: (run) => engine.readOwedUndos(run),
    readWaitpoints: (run) => engine.readWaitpoints(run),
    readChildren: (of) => engine.readChildren(of),
    wasParked: (run) => engine.wasParked(run),
    appendLogs: ({ lines }) => engine.appendLogs(lines),
  };
}
