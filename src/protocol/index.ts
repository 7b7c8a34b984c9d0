/**
 * The protocol: what crosses a process border, and nothing else. Two tables of calls, what applications ask of a node
 * (`client-calls.ts`) and what workers ask of it (`worker-calls.ts`), and the schemas by which a node checks what comes from
 * outside (`schemas.ts`).
 *
 * Everything here is plain data: ids, encoded values, epoch milliseconds. The shapes that rules are written about belong to
 * `core`; the transports, a function call in the embedded mode, HTTP (`routes.ts`, `http-client.ts`) or a pipe (`pipe.ts`), carry these
 * tables and add nothing.
 */
export { accept } from "./accept.ts";
export type { ClientCalls } from "./client-calls.ts";
export { PAUSE_ACTIONS, type QueueCalls } from "./queue-calls.ts";
export {
  nothingSchema,
  overrideLimitSchema,
  pauseEverythingSchema,
  pauseQueueSchema,
  queueSchema,
  queuesSchema,
} from "./queue-schemas.ts";
export { type ErrorBody, LONGEST_HTTP_WAIT_MS, OWN_MEDIA_TYPE, ROUTES } from "./routes.ts";
export {
  awaitSchema,
  batchItemsSchema,
  batchSchema,
  createBatchSchema,
  createKeySchema,
  eventsSchema,
  journalSchema,
  listKeysSchema,
  listSchema,
  logsSchema,
  metadataSchema,
  publicTokenSchema,
  replaySchema,
  requestsSchema,
  rescheduleSchema,
  resetKeySchema,
  restartSchema,
  revokeKeySchema,
  runSchema,
  tagsSchema,
  triggerSchema,
} from "./schemas.ts";
export type { NodeProblem, NodeStatus, VersionView } from "./status-calls.ts";
export type { WorkerCalls } from "./worker-calls.ts";
export { NODE_CALLS } from "./worker-process.ts";
