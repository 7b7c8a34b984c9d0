/** What clients of the loop order, and what must become of each order, whatever happens on the way. */
import { LIMITS } from "../../src/core/limits.ts";
import type { TriggerOptions } from "../../src/sdk/index.ts";
import { PLACES_OF_LIMITED } from "../e2e/workload.ts";
import type { Way } from "./ways.ts";

export interface Order {
  readonly task: string;
  readonly payload: unknown;
  readonly options: TriggerOptions;
  readonly end: End;
  /** How it is placed, where it is not by one call. */
  readonly way?: Way;
  /** What the client does later. */
  readonly later?: "cancel";
}

export type End =
  | { readonly status: "completed"; readonly output: unknown }
  | { readonly status: "failed"; readonly message: string }
  | { readonly status: "canceled" };

interface Kind {
  readonly task: string;
  payload?(n: number): unknown;
  readonly options?: TriggerOptions;
  end(n: number): End;
  readonly way?: Way;
  readonly later?: "cancel";
}

/** Runs of a limited queue that may execute at once. */
export const QUEUE_LIMITS: Readonly<Record<string, number>> = { limited: PLACES_OF_LIMITED };

/** Long enough to lie outside its row. */
const LONG_CHARACTERS = LIMITS.inlineCharacters + 20_000;

const completed = (output: unknown): End => ({ status: "completed", output });
const failed = (message: string): End => ({ status: "failed", message });
const ofRow = (n: number) => 16 * n + 15;
const ofChild = (n: number) => 2 * n + 1;
const longText = (n: number) => String.fromCharCode(65 + (n % 26)).repeat(LONG_CHARACTERS);

/** What clients order all the time. */
export const KINDS = {
  row: { task: "row", end: (n) => completed(ofRow(n)) },
  waiting: { task: "waiting", end: (n) => completed([n + 1, n * 2]) },
  limited: { task: "limited", end: (n) => completed(n * 3) },
  parent: {
    task: "parent",
    end: (n) => completed([ofChild(n), ofChild(n), ofChild(n + 1), `${n + 2} is not wanted`, ofRow(n)]),
  },
  retried: { task: "retried", end: (n) => completed(n + 1) },
  undone: { task: "undone", end: (n) => failed(`sold out ${n}`) },
  large: {
    task: "large",
    payload: (n) => ({ n, text: longText(n) }),
    end: (n) => completed(`${n} ${LONG_CHARACTERS} ${longText(n).toLowerCase()}`),
  },
  sleeping: { task: "sleeping", end: (n) => completed(n + 2) },
  firing: { task: "firing", end: completed },
  noted: { task: "noted", options: { metadata: { notes: 0 }, tags: "first" }, end: (n) => completed(n + 1) },
  endless: { task: "endless", end: () => ({ status: "canceled" }), later: "cancel" },
  called: { task: "called", end: (n) => completed(n + 1) },
  forgetful: { task: "forgetful", end: completed },
  failing: { task: "failing", end: (n) => failed(`not ${n}`) },
  delayed: { task: "row", options: { delay: { milliseconds: 700 }, priority: 1 }, end: (n) => completed(ofRow(n)) },
  crowded: { task: "limited", options: { ttl: "1h" }, end: (n) => completed(n * 3) },
  batched: { task: "row", way: "item by item", end: (n) => completed(ofRow(n)) },
  uploaded: {
    task: "large",
    payload: (n) => ({ n, text: longText(n) }),
    way: "by an upload",
    end: (n) => completed(`${n} ${LONG_CHARACTERS} ${longText(n).toLowerCase()}`),
  },
  changed: { task: "noted", way: "changed from outside", end: (n) => completed(n + 1) },
  tokened: { task: "row", way: "with a token", end: (n) => completed(ofRow(n)) },
} as const satisfies Record<string, Kind>;

/** What the tour alone orders: it holds others up, or is told to a person. */
const ERRANDS = {
  logging: { task: "logging", end: (n) => completed(n) },
  alarmed: { task: "alarmed", end: (n) => failed(`not ${n}`) },
  alarmedHeld: { task: "alarmedHeld", end: completed },
  rescheduled: {
    task: "row",
    options: { delay: "1 day" },
    way: "rescheduled",
    end: (n) => completed(ofRow(n)),
  },
  renewed: { task: "row", way: "its key reset", end: (n) => completed(ofRow(n)) },
  keyed: { task: "row", way: "with a key", end: (n) => completed(ofRow(n)) },
  queuePaused: {
    task: "row",
    options: { queue: "pausable" },
    way: "into a paused queue",
    end: (n) => completed(ofRow(n)),
  },
  allPaused: { task: "row", way: "while all is paused", end: (n) => completed(ofRow(n)) },
} as const satisfies Record<string, Kind>;

const ALL = { ...KINDS, ...ERRANDS };

export type KindName = keyof typeof ALL;
const NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];

/** The name of order number `n` of a client. */
function nameOf(n: number) {
  return NAMES[n % NAMES.length] as KindName;
}

/** Order number `n` of a client: every fifth has no idempotency key, so a client that dies before the answer may place it twice. */
export function orderOf(n: number): Order {
  return order(nameOf(n), n, n % 5 === 4 ? undefined : `order ${n}`);
}

export function order(name: KindName, n: number, key: string | undefined): Order {
  const { task, payload = (given: number) => given, options = {}, end, way, later }: Kind = ALL[name];
  return {
    task,
    payload: payload(n),
    options: key === undefined ? options : { ...options, idempotencyKey: key },
    end: end(n),
    ...(way === undefined ? {} : { way }),
    ...(later === undefined ? {} : { later }),
  };
}

/** The end of a run that an order brought with it, or a task of the workload started, by its own payload. */
export function endOfOther(task: string, payload: unknown): End | undefined {
  if (task === "row") return completed(ofRow(payload as number));
  if (task !== "child") return undefined;
  const { n, fails } = payload as { readonly n: number; readonly fails: boolean };
  return fails ? failed(`${n} is not wanted`) : completed(ofChild(n));
}
