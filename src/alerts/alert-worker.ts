import { effectPolicy } from "../core/effect-mode.ts";
import type { Env } from "../core/env.ts";
import { createId } from "../core/ids.ts";
import { createRedact } from "../core/redact.ts";
import type { Client } from "../sdk/index.ts";
import { createRegistry, Worker, type WorkerCalls } from "../worker/index.ts";
import { alertTask } from "./alert-task.ts";
import type { Alerts } from "./channels.ts";
import type { Sources } from "./describe.ts";

export interface AlertNode extends Sources {
  readonly calls: Client["calls"] & WorkerCalls;
  onPoke(listener: (runId: string) => void): () => void;
}

export interface StartAlertsOptions {
  readonly alerts: Alerts;
  readonly node: AlertNode;
  readonly env: Env;
  readonly environmentId: string;
  readonly onProblem: (error: unknown) => void;
}

/** At once, over all alerts of this node; each alert's queue has a limit of its own. */
const CONCURRENCY = 20;
/** Nothing gets lost between a node and a worker in one process, so a request for runs need not be repeated. */
const LEASE_WAIT_MS = 24 * 60 * 60 * 1_000;

/** Executes the runs that deliver alerts, in this process. Without alerts there is nothing to do, and nothing is started. */
export function startAlerts({ alerts, node, env, environmentId, onProblem }: StartAlertsOptions): {
  stop(): Promise<void>;
} {
  if (alerts.rules.length === 0) return { stop: async () => undefined };
  const { calls } = node;
  const sending = new AbortController();
  const task = alertTask({ channels: alerts.channels, sources: node, signal: sending.signal, onProblem });
  const worker = new Worker({
    env,
    calls,
    client: { calls, newId: (kind) => createId(kind, env) },
    registry: createRegistry([task]),
    environmentId,
    concurrency: CONCURRENCY,
    keepWarm: 0,
    effects: effectPolicy(undefined, undefined, "steps-only"),
    leaseWaitMs: LEASE_WAIT_MS,
    redact: createRedact([]),
    onProblem,
  });
  const endPokes = node.onPoke((runId) => worker.poke(runId));
  worker.start();
  return {
    async stop() {
      endPokes();
      // Hands its runs back first: a message that is cut off here is no failed attempt.
      await worker.stop();
      sending.abort();
    },
  };
}
