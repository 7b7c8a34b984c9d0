import { perdureError } from "../core/errors.ts";
import { isName, nameRule } from "../core/limits.ts";
import type { QueueState } from "../core/queue.ts";
import { type Client, defaultClient } from "./host.ts";

/** A queue as it stood when it was read. */
export interface QueueObject {
  readonly name: string;
  /** `task` for a task's own queue, `task/<id>`. */
  readonly type: "task" | "custom";
  /** Runs that execute. */
  readonly running: number;
  /** Runs that may start and have not yet. */
  readonly queued: number;
  /** Since when the first of those may start. */
  readonly oldestQueuedAt: Date | undefined;
  /** Runs whose time has not come. */
  readonly delayed: number;
  /** Runs that wait for something by themselves. */
  readonly waiting: number;
  readonly paused: boolean;
  readonly pausedAt: Date | undefined;
  /** The limit that holds; `null` is none. */
  readonly concurrencyLimit: number | null;
  readonly concurrency: {
    readonly current: number | null;
    /** What the tasks declare. */
    readonly base: number | null;
    /** Set by `overrideConcurrencyLimit`. */
    readonly override: number | null;
    readonly overriddenAt: Date | undefined;
  };
}

export interface QueuesPage {
  readonly data: readonly QueueObject[];
  readonly pagination: { readonly currentPage: number; readonly totalPages: number; readonly count: number };
}

/** A queue by its name, or by its type and what it is called there: a task's own queue goes by the id of the task. */
export type QueueReference = string | { readonly type: "task" | "custom"; readonly name: string };

/** Queues of the one instance that was started in this process, or of the server that was configured. */
export const queues = createQueues(() => defaultClient("queues"));

export type Queues = ReturnType<typeof createQueues>;

const TASK_PREFIX = "task/";

export function createQueues(client: () => Client) {
  const calls = () => client().calls;
  return {
    /** By name: those that tasks declare, and those that open runs are in. @param options.perPage - 1 to 100. Default: 25. */
    async list({ page = 1, perPage = 25 }: { page?: number; perPage?: number } = {}): Promise<QueuesPage> {
      const { queues: found, count } = await calls().listQueues({ page, perPage });
      return {
        data: found.map(toQueueObject),
        pagination: { currentPage: page, totalPages: Math.ceil(count / perPage), count },
      };
    },
    /** @throws {PerdureError} `QUEUE_NOT_FOUND`. */
    async retrieve(queue: QueueReference): Promise<QueueObject> {
      return toQueueObject(await calls().retrieveQueue({ queue: nameOf(queue) }));
    },
    /** Nothing of the queue begins once this has resolved; what executes goes on, and what waits stays when it wakes. @throws {PerdureError} `QUEUE_NOT_FOUND`. */
    async pause(queue: QueueReference): Promise<QueueObject> {
      return toQueueObject(await calls().pauseQueue({ queue: nameOf(queue), action: "pause" }));
    },
    /** @throws {PerdureError} `QUEUE_NOT_FOUND`. */
    async resume(queue: QueueReference): Promise<QueueObject> {
      return toQueueObject(await calls().pauseQueue({ queue: nameOf(queue), action: "resume" }));
    },
    /** Sets a limit of 0 to 100,000 that holds until it is reset, also when the tasks are declared anew. @throws {PerdureError} `QUEUE_NOT_FOUND`. */
    async overrideConcurrencyLimit(queue: QueueReference, concurrencyLimit: number): Promise<QueueObject> {
      return toQueueObject(await calls().overrideQueueLimit({ queue: nameOf(queue), concurrencyLimit }));
    },
    /** Back to the limit that the tasks declare. @throws {PerdureError} `QUEUE_NOT_FOUND`. */
    async resetConcurrencyLimit(queue: QueueReference): Promise<QueueObject> {
      return toQueueObject(await calls().resetQueueLimit({ queue: nameOf(queue) }));
    },
  };
}

/** @throws {PerdureError} `OPTION_INVALID`. */
function nameOf(reference: QueueReference): string {
  const queue = typeof reference === "string" ? ({ type: "custom", name: reference } as const) : reference;
  if (!isName(queue?.name)) throw perdureError("OPTION_INVALID", { what: "The name of a queue", problem: nameRule() });
  return queue.type === "task" && !queue.name.startsWith(TASK_PREFIX) ? `${TASK_PREFIX}${queue.name}` : queue.name;
}

function toQueueObject(queue: QueueState): QueueObject {
  const { name, concurrencyLimit, overriddenAt, pausedAt } = queue;
  return {
    name,
    type: name.startsWith(TASK_PREFIX) ? "task" : "custom",
    running: queue.executing,
    queued: queue.due,
    oldestQueuedAt: dateOf(queue.oldestDueAt),
    delayed: queue.delayed,
    waiting: queue.waiting,
    paused: pausedAt !== undefined,
    pausedAt: dateOf(pausedAt),
    concurrencyLimit,
    concurrency: {
      current: concurrencyLimit,
      base: queue.declaredLimit,
      override: overriddenAt === undefined ? null : concurrencyLimit,
      overriddenAt: dateOf(overriddenAt),
    },
  };
}

function dateOf(instant: number | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}
