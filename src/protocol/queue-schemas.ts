import { z } from "zod";
import { isName, LIMITS, nameRule } from "../core/limits.ts";
import { PAUSE_ACTIONS } from "./queue-calls.ts";

const queue = z.string().refine((given) => isName(given), nameRule());
const action = z.enum(PAUSE_ACTIONS);

export const queuesSchema = z.strictObject({
  page: z.number().int().min(1),
  perPage: z.number().int().min(1).max(LIMITS.listQueues),
});
export const queueSchema = z.strictObject({ queue });
export const pauseQueueSchema = z.strictObject({ queue, action });
export const pauseEverythingSchema = z.strictObject({ action });
export const overrideLimitSchema = z.strictObject({
  queue,
  concurrencyLimit: z.number().int().min(0).max(LIMITS.concurrency),
});
export const nothingSchema = z.strictObject({});
