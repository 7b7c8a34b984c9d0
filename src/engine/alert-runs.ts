import { createHash } from "node:crypto";
import {
  ALERT_TASK,
  type AlertCause,
  type AlertRule,
  alertQueue,
  type PlannedAlert,
  planAlerts,
} from "../core/alerts.ts";
import { encodeValue } from "../core/codec.ts";
import { derivedId } from "../core/ids.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { FollowUps, NewRun } from "../store/store.ts";
import type { EngineDeps } from "./deps.ts";
import type { DeclaredQueue } from "./queues.ts";

/** After 10 s, 20 s, 40 s … and from the tenth on every hour: about a day in all. */
const RETRY: RetryPolicy = {
  maxAttempts: 32,
  backoff: "exponential",
  factor: 2,
  minTimeoutInMs: 10_000,
  maxTimeoutInMs: 60 * 60_000,
  jitter: 0.5,
};
/** One that no process wants to deliver for so long is not worth delivering. */
const TTL_MS = 24 * 60 * 60 * 1_000;
/** Deliveries of one alert at a time, over all nodes. */
const DELIVERIES = 3;

/** The runs that tell of this; to be made in the transaction in which it happens. */
export function alertRuns(deps: EngineDeps, cause: AlertCause, now: number): FollowUps {
  return planAlerts(deps.alerts, cause, now).map((list) => list.map((planned) => toRun(deps, planned, cause)));
}

export function alertQueues(alerts: readonly AlertRule[]): readonly DeclaredQueue[] {
  return alerts.map(({ name }) => ({ name: alertQueue(name), concurrencyLimit: DELIVERIES }));
}

export function tellFollowUps({ hints }: EngineDeps, followUps: FollowUps): void {
  for (const { dueAt, expiresAt } of followUps.flat()) {
    hints.ready(dueAt);
    if (expiresAt !== undefined) hints.expires(expiresAt);
  }
}

function toRun(
  { environmentId }: EngineDeps,
  { place, from, dueAt, payload }: PlannedAlert,
  cause: AlertCause,
): NewRun {
  const hash = createHash("sha256").update(`${environmentId}\n${place}`).digest();
  return {
    id: derivedId("run", from, hash),
    task: ALERT_TASK,
    queue: alertQueue(payload.alert),
    payload: encodeValue(payload, "The payload of an alert"),
    tags: payload.kind === "one" ? [cause.runId] : [],
    retry: RETRY,
    priorityMs: 0,
    dueAt,
    expiresAt: dueAt + TTL_MS,
    depth: 0,
    onDivergence: "restart",
  };
}
