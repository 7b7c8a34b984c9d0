/** Queues in the shapes of Trigger.dev's API, where a task's own queue goes by the id of its task and every queue has an id. */
import { z } from "zod";
import { perdureError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { QueueState } from "../../core/queue.ts";
import { accept, PAUSE_ACTIONS, type QueueCalls } from "../../protocol/index.ts";
import type { Answer, Asked } from "./answers.ts";

const TASK_PREFIX = "task/";
const ID_PREFIX = "queue_";
const TYPES = ["id", "task", "custom"] as const;

const typeField = z.enum(TYPES).default("id");
const pauseBody = z.strictObject({ type: typeField, action: z.enum(PAUSE_ACTIONS) });
const everythingBody = z.strictObject({ action: z.enum(PAUSE_ACTIONS) });
const overrideBody = z.strictObject({
  type: typeField,
  concurrencyLimit: z.number().int().min(0).max(LIMITS.concurrency),
});
const resetBody = z.strictObject({ type: typeField });
const pageQuery = z.strictObject({
  page: z.coerce.number().int().min(1).default(1),
  perPage: z.coerce.number().int().min(1).max(LIMITS.listQueues).default(25),
});

export const QUEUE_ANSWERS: Readonly<Record<keyof QueueCalls, Answer>> = {
  async listQueues({ calls }, { query }) {
    const { page, perPage } = accept("queues.list", pageQuery, Object.fromEntries(query));
    const { queues, count } = await calls.listQueues({ page, perPage });
    const pagination = { currentPage: page, totalPages: Math.ceil(count / perPage), count };
    return { data: queues.map(presentQueue), pagination };
  },

  async retrieveQueue({ calls }, { params, query }) {
    const type = accept("queues.retrieve", typeField, query.get("type") ?? undefined);
    return presentQueue(await calls.retrieveQueue({ queue: queueOf(params, type) }));
  },

  async pauseQueue({ calls }, { params, body }) {
    const { type, action } = accept("queues.pause", pauseBody, body);
    return presentQueue(await calls.pauseQueue({ queue: queueOf(params, type), action }));
  },

  pauseEverything: ({ calls }, { body }) => calls.pauseEverything(accept("pause", everythingBody, body)),

  async overrideQueueLimit({ calls }, { params, body }) {
    const { type, concurrencyLimit } = accept("queues.overrideConcurrencyLimit", overrideBody, body);
    return presentQueue(await calls.overrideQueueLimit({ queue: queueOf(params, type), concurrencyLimit }));
  },

  async resetQueueLimit({ calls }, { params, body }) {
    const { type } = accept("queues.resetConcurrencyLimit", resetBody, body ?? {});
    return presentQueue(await calls.resetQueueLimit({ queue: queueOf(params, type) }));
  },
};

/**
 * The name of the queue that a path and a type mean. The SDK writes a `/` as `%2F` before it encodes the path, so there is one more
 * encoding than usual; without a type, whatever is no id is a name.
 */
function queueOf(params: Asked["params"], type: (typeof TYPES)[number]): string {
  const given = (params["queue"] ?? "").replaceAll(/%2F/gi, "/");
  if (type === "task") return given.startsWith(TASK_PREFIX) ? given : `${TASK_PREFIX}${given}`;
  return type === "id" && given.startsWith(ID_PREFIX) ? nameOfId(given) : given;
}

/** A queue has no id but its name; theirs may not hold every character, so it is written in base 64. */
function idOf(name: string): string {
  return `${ID_PREFIX}${Buffer.from(name).toString("base64url")}`;
}

function nameOfId(id: string): string {
  const name = Buffer.from(id.slice(ID_PREFIX.length), "base64url").toString();
  if (idOf(name) !== id) throw perdureError("QUEUE_NOT_FOUND", { queue: id });
  return name;
}

function presentQueue(queue: QueueState): object {
  const { name, concurrencyLimit, declaredLimit, overriddenAt, pausedAt, due, executing } = queue;
  const isTask = name.startsWith(TASK_PREFIX);
  const isOverridden = overriddenAt !== undefined;
  return {
    id: idOf(name),
    name: isTask ? name.slice(TASK_PREFIX.length) : name,
    type: isTask ? "task" : "custom",
    running: executing,
    queued: due,
    paused: pausedAt !== undefined,
    concurrencyLimit,
    concurrency: {
      current: concurrencyLimit,
      base: declaredLimit,
      override: isOverridden ? concurrencyLimit : null,
      overriddenAt: isOverridden ? new Date(overriddenAt).toISOString() : null,
      overriddenBy: null,
    },
  };
}
