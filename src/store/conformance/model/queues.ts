import type { Queue, QueueState } from "../../../core/queue.ts";
import type { StoreWrites } from "../../store.ts";
import type { Model, Mutable } from "./state.ts";

type Params<Name extends keyof StoreWrites> = Parameters<StoreWrites[Name]>[0];
type Result<Name extends keyof StoreWrites> = ReturnType<StoreWrites[Name]>;

export function putQueues(m: Model, p: Params<"putQueues">): Result<"putQueues"> {
  for (const { name, concurrencyLimit } of p.queues) {
    const queue = rowOf(m, name);
    queue.declaredLimit = concurrencyLimit;
    if (queue.overriddenAt === undefined) queue.concurrencyLimit = concurrencyLimit;
  }
  return { queues: new Set(p.queues.map(({ name }) => name)).size };
}

export function pauseQueue(m: Model, { name, now }: Params<"pauseQueue">): Queue {
  const queue = rowOf(m, name);
  queue.pausedAt ??= now;
  return queue;
}

export function settleQueue(): Record<string, never> {
  return {};
}

export function resumeQueue(m: Model, { name }: Params<"resumeQueue">): Queue {
  const queue = rowOf(m, name);
  delete queue.pausedAt;
  return queue;
}

export function overrideLimit(m: Model, { name, now, concurrencyLimit }: Params<"overrideLimit">): Queue {
  return Object.assign(rowOf(m, name), { concurrencyLimit, overriddenAt: now });
}

export function resetLimit(m: Model, { name }: Params<"resetLimit">): Result<"resetLimit"> {
  const queue = m.queues.get(name);
  if (queue === undefined) return { refused: "not-found" };
  queue.concurrencyLimit = queue.declaredLimit;
  delete queue.overriddenAt;
  return queue;
}

export function pauseEnvironment(m: Model, { now }: Params<"pauseEnvironment">): Result<"pauseEnvironment"> {
  m.environment.pausedAt ??= now;
  return { pausedAt: m.environment.pausedAt };
}

export function resumeEnvironment(m: Model): Result<"resumeEnvironment"> {
  delete m.environment.pausedAt;
  return {};
}

export function noteCheck(_: Model, { now }: Params<"noteCheck">): Result<"noteCheck"> {
  return { checkedAt: now };
}

/** Every queue that has a row, and every one that an open run names. */
export function survey(m: Model, now: number): readonly QueueState[] {
  const open = [...m.runs.values()].filter(({ status }) => ["queued", "executing", "waiting"].includes(status));
  const names = new Set([...m.queues.keys(), ...open.map(({ queue }) => queue)]);
  return [...names].sort().map((name) => {
    const runs = open.filter(({ queue }) => queue === name);
    const due = runs.filter(({ status, dueAt }) => status === "queued" && dueAt <= now).map(({ dueAt }) => dueAt);
    const count = (wanted: string) => runs.filter(({ status }) => status === wanted).length;
    return {
      ...(m.queues.get(name) ?? newRow(name)),
      due: due.length,
      ...(due.length === 0 ? {} : { oldestDueAt: Math.min(...due) }),
      delayed: count("queued") - due.length,
      executing: count("executing"),
      waiting: count("waiting"),
    };
  });
}

function rowOf(m: Model, name: string): Mutable<Queue> {
  const queue = m.queues.get(name) ?? newRow(name);
  m.queues.set(name, queue);
  return queue;
}

function newRow(name: string): Mutable<Queue> {
  return { name, concurrencyLimit: null, declaredLimit: null };
}
