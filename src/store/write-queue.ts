/**
 * The main thread's side of the store thread: writes of one turn of the event loop are posted as one message, answers are
 * matched by their order, and what is not answered yet is bounded.
 */
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { sizeOf } from "./batches.ts";
import { createFifo } from "./fifo.ts";
import { isNewWork } from "./new-work.ts";
import { type Call, errorOfOutcome, type Outcome, rejected } from "./outcome.ts";
import type { StoreOptions } from "./store-options.ts";

export interface WriteQueue {
  /** Calls that nobody has answered yet. */
  readonly waiting: number;
  write(verb: string, params: unknown): Promise<unknown>;
  /** Answers to the oldest calls posted. */
  settle(outcomes: readonly Outcome[]): void;
  /** Nobody will answer what was posted any more. What still waits here is posted to whoever comes next. */
  abandon(error: unknown): void;
  /** Resolves when nothing is waiting for an answer. */
  drained(): Promise<void>;
}

export interface WriteQueueOptions {
  readonly env: Env;
  /** @throws when a call cannot be sent; none of them was then. */
  readonly post: (calls: readonly Call[]) => void;
  /** Told when the first call begins to wait and when the last one was answered. */
  readonly onBusy?: (isBusy: boolean) => void;
  /** Told of the calls that were answered together. */
  readonly onBatch?: StoreOptions["onBatch"];
}

/** Beyond these, work that nobody is committed to yet waits here, so that it cannot delay the leases and ends of what runs. */
const MAX_UNANSWERED = { calls: 5_000, size: 32 * 1024 * 1024 };
const MAX_HELD_BACK = { calls: 50_000, size: 256 * 1024 * 1024 };

/** A large post earlier than the end of the turn lets the thread work while the turn goes on. */
const EARLY_POST_SIZE = 256 * 1024;

interface Pending {
  readonly call: Call;
  /** By the monotonic clock, when it was posted. */
  sentAt: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function createWriteQueue({ env, post, onBusy, onBatch }: WriteQueueOptions): WriteQueue {
  const heldBack = createFifo<Pending>();
  const posted = createFifo<Pending>();
  const answers = createFifo<Outcome>();
  let collected: Pending[] = [];
  let collectedSize = 0;
  let heldBackSize = 0;
  let unanswered = { calls: 0, size: 0 };
  const idle: (() => void)[] = [];
  return {
    get waiting() {
      return unanswered.calls + heldBack.length;
    },
    write,
    settle,
    abandon,
    drained,
  };

  function write(verb: string, params: unknown): Promise<unknown> {
    const call: Call = { verb, params, size: sizeOf(params) };
    return new Promise((resolve, reject) => {
      const pending = { call, sentAt: 0, resolve, reject };
      if (isNewWork(verb) && (heldBack.length > 0 || isFull())) holdBack(pending);
      else collect(pending);
    });
  }

  function isFull(): boolean {
    return unanswered.calls >= MAX_UNANSWERED.calls || unanswered.size >= MAX_UNANSWERED.size;
  }

  function holdBack(pending: Pending): void {
    if (heldBack.length >= MAX_HELD_BACK.calls || heldBackSize >= MAX_HELD_BACK.size) {
      pending.reject(perdureError("STORE_BUSY", { limit: MAX_HELD_BACK.calls }));
    } else {
      heldBack.push(pending);
      heldBackSize += pending.call.size;
    }
  }

  function collect(pending: Pending): void {
    if (unanswered.calls === 0) onBusy?.(true);
    unanswered = { calls: unanswered.calls + 1, size: unanswered.size + pending.call.size };
    collected.push(pending);
    collectedSize += pending.call.size;
    if (collectedSize >= EARLY_POST_SIZE) postCollected();
    else if (collected.length === 1) env.turn(postCollected);
  }

  function postCollected(): void {
    const batch = collected;
    if (batch.length === 0) return;
    collected = [];
    collectedSize = 0;
    if (tryPost(batch) === undefined) return;
    // One of them cannot be sent, a function in its parameters perhaps: the others are sent without it.
    for (const pending of batch) {
      const error = tryPost([pending]);
      if (error !== undefined) answer(pending, rejected(error));
    }
    tellWhenIdle();
  }

  function tryPost(batch: readonly Pending[]): unknown {
    try {
      post(batch.map(({ call }) => call));
    } catch (error) {
      return error ?? new Error("The call could not be sent");
    }
    const sentAt = onBatch === undefined ? 0 : env.monotonic();
    for (const pending of batch) {
      pending.sentAt = sentAt;
      posted.push(pending);
    }
    return undefined;
  }

  /** Only queued here and answered in one turn: an answer lets its caller write again, and Node hands over many messages at once. */
  function settle(outcomes: readonly Outcome[]): void {
    if (answers.length === 0) env.turn(answerAll);
    tellOf(outcomes.length);
    for (const outcome of outcomes) answers.push(outcome);
  }

  /** The oldest call that is not answered yet, and that no earlier message has answered, is the first of these. */
  function tellOf(writes: number): void {
    const first = onBatch === undefined ? undefined : posted.at(answers.length);
    if (first !== undefined) onBatch?.({ writes, ms: env.monotonic() - first.sentAt });
  }

  function answerAll(): void {
    for (let outcome = answers.shift(); outcome !== undefined; outcome = answers.shift()) {
      const pending = posted.shift();
      if (pending !== undefined) answer(pending, outcome);
    }
    while (heldBack.length > 0 && !isFull()) {
      const pending = heldBack.shift() as Pending;
      heldBackSize -= pending.call.size;
      collect(pending);
    }
    tellWhenIdle();
  }

  function answer({ call, resolve, reject }: Pending, outcome: Outcome): void {
    unanswered = { calls: unanswered.calls - 1, size: unanswered.size - call.size };
    if ("error" in outcome) reject(errorOfOutcome(outcome));
    else resolve(outcome.result);
  }

  function abandon(error: unknown): void {
    answerAll();
    const outcome = rejected(error);
    for (let pending = posted.shift(); pending !== undefined; pending = posted.shift()) answer(pending, outcome);
    answerAll();
  }

  function drained(): Promise<void> {
    return new Promise((resolve) => {
      idle.push(resolve);
      tellWhenIdle();
    });
  }

  function tellWhenIdle(): void {
    if (unanswered.calls > 0 || heldBack.length > 0) return;
    onBusy?.(false);
    for (const resolve of idle.splice(0)) resolve();
  }
}
