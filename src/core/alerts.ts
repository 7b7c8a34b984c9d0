import { LIMITS } from "./limits.ts";
import { matchesPattern } from "./pattern.ts";

/** Tasks of our own begin with it; users' tasks may not. */
export const INTERNAL_PREFIX = "perdure.";
/** The task whose runs deliver alerts. */
export const ALERT_TASK = `${INTERNAL_PREFIX}alert`;

/** What a person may have to know of: a run failed for good, or is held until someone decides. */
export const ALERT_OCCASIONS = ["failure", "held"] as const;
export type AlertOccasion = (typeof ALERT_OCCASIONS)[number];

/** Of a configured alert, the part that says when it applies. */
export interface AlertRule {
  readonly name: string;
  readonly on: readonly AlertOccasion[];
  /** Ids of tasks, in which `*` stands for any part. Absent: all. */
  readonly tasks?: readonly string[];
}

/** Something that happened to one run. */
export interface AlertCause {
  readonly on: AlertOccasion;
  readonly runId: string;
  readonly task: string;
  readonly problem: { readonly name: string; readonly message: string };
}

/** The payload of a run that delivers an alert: of one run, or of those that came after the first few in their minute. */
export type AlertPayload = { readonly alert: string; readonly on: AlertOccasion; readonly task: string } & (
  | { readonly kind: "one"; readonly at: number; readonly runId: string; readonly problem: AlertCause["problem"] }
  | { readonly kind: "summary"; readonly from: number; readonly until: number; readonly told: number }
);

/** A delivery that a cause calls for. */
export interface PlannedAlert {
  /** Tells it from all others: whoever plans it again, anywhere, names the same. */
  readonly place: string;
  /** Start of its minute. */
  readonly from: number;
  readonly dueAt: number;
  readonly payload: AlertPayload;
}

/** Of one task, to one alert, so many runs in a minute are told of one by one; the others are counted in a summary. */
export const ALERTS_TOLD_SINGLY = 5;
export const ALERT_WINDOW_MS = 60_000;
/** The summary waits for what was decided within the minute and is still on its way to the disk: a write is sent again for half a minute. */
const SUMMARY_DELAY_MS = 30_000;
const PROBLEM_CHARACTERS = 2_000;

export function isInternalTask(task: string): boolean {
  return task.startsWith(INTERNAL_PREFIX);
}

/** Each alert has a queue of its own, so that a receiver that is slow keeps no other one waiting. */
export function alertQueue(alert: string): string {
  return `${ALERT_TASK}/${alert}`;
}

/**
 * For each alert that applies, the deliveries of which the first that is not there yet is to be made: so the first few of a
 * minute are told singly, all others by one summary, without anyone having to count. Deliveries themselves are never told of.
 */
export function planAlerts(
  rules: readonly AlertRule[],
  cause: AlertCause,
  now: number,
): readonly (readonly PlannedAlert[])[] {
  if (isInternalTask(cause.task)) return [];
  return rules.filter((rule) => applies(rule, cause)).map(({ name }) => placesFor(name, cause, now));
}

function applies({ on, tasks }: AlertRule, cause: AlertCause): boolean {
  return on.includes(cause.on) && (tasks === undefined || tasks.some((pattern) => matchesPattern(cause.task, pattern)));
}

function placesFor(alert: string, { on, task, runId, problem }: AlertCause, now: number): readonly PlannedAlert[] {
  const from = now - (now % ALERT_WINDOW_MS);
  const until = from + ALERT_WINDOW_MS;
  const shared = { alert, on, task };
  const place = (which: string) => JSON.stringify([alert, on, task, from, which]);
  const one: AlertPayload = { ...shared, kind: "one", at: now, runId, problem: clipped(problem) };
  const singles = Array.from({ length: ALERTS_TOLD_SINGLY }, (_, i) => ({
    place: place(String(i)),
    from,
    dueAt: now,
    payload: one,
  }));
  const summary: AlertPayload = { ...shared, kind: "summary", from, until, told: ALERTS_TOLD_SINGLY };
  return [...singles, { place: place("summary"), from, dueAt: until + SUMMARY_DELAY_MS, payload: summary }];
}

function clipped({ name, message }: AlertCause["problem"]): AlertCause["problem"] {
  return { name: name.slice(0, LIMITS.nameCharacters), message: message.slice(0, PROBLEM_CHARACTERS) };
}
