import type { Engine } from "../engine/index.ts";
import {
  accept,
  overrideLimitSchema,
  pauseEverythingSchema,
  pauseQueueSchema,
  type QueueCalls,
  queueSchema,
  queuesSchema,
} from "../protocol/index.ts";

/** The calls about queues, checked and handed to the engine. */
export function queueCalls(engine: Engine): QueueCalls {
  return {
    async listQueues(input) {
      const { page, perPage } = accept("queues.list", queuesSchema, input);
      const { queues, pausedAt } = await engine.listQueues();
      return {
        queues: queues.slice((page - 1) * perPage, page * perPage),
        count: queues.length,
        ...(pausedAt === undefined ? {} : { pausedAt }),
      };
    },
    retrieveQueue: async (input) => engine.getQueue(accept("queues.retrieve", queueSchema, input).queue),
    async pauseQueue(input) {
      const { queue, action } = accept("queues.pause", pauseQueueSchema, input);
      return action === "pause" ? engine.pauseQueue(queue) : engine.resumeQueue(queue);
    },
    async pauseEverything(input) {
      const { action } = accept("pause", pauseEverythingSchema, input);
      if (action === "pause") return { pausedAt: await engine.pauseEverything() };
      await engine.resumeEverything();
      return {};
    },
    async overrideQueueLimit(input) {
      const { queue, concurrencyLimit } = accept("queues.overrideConcurrencyLimit", overrideLimitSchema, input);
      return engine.overrideLimit(queue, concurrencyLimit);
    },
    async resetQueueLimit(input) {
      return engine.resetLimit(accept("queues.resetConcurrencyLimit", queueSchema, input).queue);
    },
  };
}
