import { childIdentity, entryKey } from "../core/entry.ts";
import { perdureError } from "../core/errors.ts";
import { isName, LIMITS } from "../core/limits.ts";
import type { TriggeredRun, TriggerRequest } from "../protocol/client-calls.ts";
import type { MetadataChange, RunContext } from "../sdk/index.ts";
import type { WorkerScope } from "./context.ts";
import type { Execution } from "./execution.ts";
import { fingerprintOf, idempotencyKeyOf } from "./fingerprint.ts";

/** What the SDK's functions find when they are called from this run's code. */
export function createScope(execution: Execution): WorkerScope {
  const { deps, steps, waits, metadata, log } = execution;
  return {
    ctx: contextOf(execution),
    client: deps.client,
    signal: execution.abort.signal,
    stepName: undefined,
    step: (name, run, options) => steps.run(name, run, options),
    wait: (request) => waits.waitUntil(request),
    trigger: (requests, asBatch) => waits.trigger(keyedWithin(execution.run.id, requests), asBatch),
    triggerAndWait: (requests, asBatch) => waits.triggerAndWait(keyedWithin(execution.run.id, requests), asBatch),
    metadata,
    addTags: (tags) => addTags(execution, tags),
    log: (level, message, properties) => log.log(level, message, properties),
    runLog: log,
    ...(execution.effects === undefined ? {} : { effects: execution.effects }),
  };
}

/**
 * Inside a step nothing is an entry of its own: triggers go straight to the node, named by the step and by what they trigger, so
 * that the step's repetition finds them.
 *
 * @param changes - Notes what the step changes in the metadata.
 */
export function createStepScope(
  execution: Execution,
  stepName: string,
  stepKey: string,
  changes: MetadataChange[],
): WorkerScope {
  const { effects: _, ...scope } = createScope(execution);
  const counts = new Map<string, number>();
  return {
    ...scope,
    stepName,
    metadata: execution.metadata.noting(changes),
    trigger: async (requests, asBatch) => {
      if (execution.isClosed) return new Promise(() => undefined);
      const { calls, newId } = execution.deps.client;
      const named = requests.map((request) => {
        const identity = childIdentity("trigger", request.task, fingerprintOf([request]));
        const count = (counts.get(identity) ?? 0) + 1;
        counts.set(identity, count);
        const idempotencyKey = idempotencyKeyOf(execution.run.id, `${stepKey}/${entryKey(identity, count)}`);
        return { ...request, options: { idempotencyKey, ...request.options } };
      });
      const batchId = asBatch ? newId("batch") : undefined;
      const { runs } = await calls.trigger({
        requests: keyedWithin(execution.run.id, named),
        runIds: named.map(() => newId("run")),
        parentRunId: execution.run.id,
        ...(batchId === undefined ? {} : { batchId }),
      });
      return { ...(batchId === undefined ? {} : { batchId }), runs: runs.map((run): TriggeredRun => run) };
    },
    triggerAndWait: () => {
      throw perdureError("WAIT_IN_STEP", { call: "triggerAndWait()", step: stepName });
    },
  };
}

/** Inside a run an idempotency key counts within that run, as in the reference SDK. */
function keyedWithin(runId: string, requests: readonly TriggerRequest[]): readonly TriggerRequest[] {
  return requests.map(({ options, ...request }) => {
    const { idempotencyKey } = options;
    return {
      ...request,
      options: idempotencyKey === undefined ? options : { ...options, idempotencyKey: `${runId}/${idempotencyKey}` },
    };
  });
}

async function addTags(execution: Execution, tags: readonly string[]): Promise<void> {
  const all = new Set([...execution.tags.all, ...tags]);
  if (all.size > LIMITS.tags || !tags.every((tag) => isName(tag, LIMITS.tagCharacters))) {
    const problem = `a run has at most ${LIMITS.tags} tags of 1 to ${LIMITS.tagCharacters} characters`;
    throw perdureError("OPTION_INVALID", { what: "tags.add()", problem });
  }
  await execution.tags.add(tags);
}

function contextOf({ run, deps }: Execution): RunContext {
  return {
    task: { id: run.task },
    queue: { name: run.queue },
    attempt: { number: run.attempt },
    run: {
      id: run.id,
      tags: run.tags,
      createdAt: new Date(run.createdAt),
      startedAt: new Date(run.startedAt ?? run.createdAt),
      isReplay: run.replayOfRunId !== undefined,
      ...(run.idempotencyKey === undefined ? {} : { idempotencyKey: run.idempotencyKey }),
      maxAttempts: run.retry.maxAttempts,
      ...(run.maxDurationMs === undefined ? {} : { maxDuration: run.maxDurationMs / 1_000 }),
      priority: run.priorityMs / 1_000,
      ...(run.taskVersion === undefined ? {} : { version: run.taskVersion }),
      ...(run.parentRunId === undefined ? {} : { parentTaskRunId: run.parentRunId }),
      rootTaskRunId: run.rootRunId,
      depth: run.depth,
    },
    ...(run.batchId === undefined ? {} : { batch: { id: run.batchId } }),
    environment: { id: deps.environmentId },
  };
}
