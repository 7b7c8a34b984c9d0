/**
 * Which call is asked by which HTTP method and path. The paths are those of Trigger.dev's API (version 2025-07-16), so that its
 * SDK finds them; what it has no path for (`restart`, `await`) stands beside them.
 *
 * A path speaks two languages. JSON is answered in the shapes of that API, which are made for people and its SDK: dates as
 * text, outputs as plain JSON, statuses in its words. Our own media type carries a call's input and answer as they are, so
 * that nothing is lost between our SDK and a node.
 */
import type { ClientCalls } from "./client-calls.ts";

export interface Route {
  readonly method: "GET" | "POST" | "PUT";
  /** `:name` stands for the field of that name in the call's input. */
  readonly path: string;
  /** What it does, for the page about the HTTP API. */
  readonly does: string;
}

export const ROUTES = {
  trigger: {
    method: "POST",
    path: "/api/v1/tasks/:task/trigger",
    does: "Asks for a run of the task: `{ payload, options }`.",
  },
  retrieve: { method: "GET", path: "/api/v3/runs/:runId", does: "One run with its payload, output or error." },
  list: { method: "GET", path: "/api/v1/runs", does: "Runs, newest first, by `filter[\u2026]` and page by page." },
  events: { method: "GET", path: "/api/v1/runs/:runId/events", does: "The run's story, line by line." },
  journal: {
    method: "GET",
    path: "/api/v1/runs/:runId/journal",
    does: "What is recorded of the run, in the order in which its code saw it; with `values=true`, which takes a secret key, what each entry holds.",
  },
  cancel: {
    method: "POST",
    path: "/api/v2/runs/:runId/cancel",
    does: "Asks for the end of a run and of its children.",
  },
  replay: { method: "POST", path: "/api/v1/runs/:runId/replay", does: "Makes a fresh run with the same payload." },
  restart: {
    method: "POST",
    path: "/api/v1/runs/:runId/restart",
    does: "Lets a run that is held after a divergence begin its attempt anew.",
  },
  reschedule: {
    method: "POST",
    path: "/api/v1/runs/:runId/reschedule",
    does: "Sets another earliest start of a run that is delayed: `{ delay }`.",
  },
  changeMetadata: {
    method: "PUT",
    path: "/api/v1/runs/:runId/metadata",
    does: "Changes a run's metadata: `{ metadata, operations, parentOperations, rootOperations }`.",
  },
  addTags: { method: "POST", path: "/api/v1/runs/:runId/tags", does: "Adds tags to a run: `{ tags }`." },
  resetIdempotencyKey: {
    method: "POST",
    path: "/api/v1/idempotencyKeys/:key/reset",
    does: "The next run with the key is a new one: `{ taskIdentifier }`.",
  },
  createBatch: {
    method: "POST",
    path: "/api/v3/batches",
    does: "Announces a batch: `{ runCount, idempotencyKey }`.",
  },
  addBatchItems: {
    method: "POST",
    path: "/api/v3/batches/:batchId/items",
    does: "The items of a batch, one to a line: `{ index, task, payload, options }`.",
  },
  retrieveBatch: { method: "GET", path: "/api/v2/batches/:batchId", does: "A batch and the ids of its runs." },
  awaitRun: {
    method: "GET",
    path: "/api/v1/runs/:runId/await",
    does: "The run as soon as it is final, or as it is after `waitMs` (25,000 at most).",
  },
  createPublicToken: {
    method: "POST",
    path: "/api/v1/auth/public-tokens",
    does: "A token for a page: `{ scopes, expirationTime, oneTimeUse }`.",
  },
  createKey: {
    method: "POST",
    path: "/api/v1/keys",
    does: "Makes a secret key: `{ name, expirationTime }`. Its text is answered here and never again.",
  },
  listKeys: { method: "GET", path: "/api/v1/keys", does: "The secret keys, newest first, without their text." },
  revokeKey: { method: "POST", path: "/api/v1/keys/:keyId/revoke", does: "Ends a secret key, and all tokens of it." },
  logs: {
    method: "GET",
    path: "/api/v1/runs/:runId/logs",
    does: "Lines that the run's code logged, from `after` on; where there are none yet, waits `waitMs` (25,000 at most) for one.",
  },
  explain: {
    method: "GET",
    path: "/api/v1/runs/:runId/explain",
    does: "Why the run is not running: `{ reason, sentence, until? }`.",
  },
  listQueues: { method: "GET", path: "/api/v1/queues", does: "Queues by name, by `page` and `perPage`." },
  retrieveQueue: {
    method: "GET",
    path: "/api/v1/queues/:queue",
    does: "One queue. A `/` in its name is written `%252F`; with `type=task` the name is a task's id.",
  },
  pauseQueue: {
    method: "POST",
    path: "/api/v1/queues/:queue/pause",
    does: 'Pauses or resumes a queue: `{ action: "pause" | "resume" }`. What executes goes on.',
  },
  overrideQueueLimit: {
    method: "POST",
    path: "/api/v1/queues/:queue/concurrency/override",
    does: "Sets a limit that holds until it is reset: `{ concurrencyLimit }`.",
  },
  resetQueueLimit: {
    method: "POST",
    path: "/api/v1/queues/:queue/concurrency/reset",
    does: "Back to the limit that the tasks declare.",
  },
  pauseEverything: {
    method: "POST",
    path: "/api/v1/pause",
    does: 'Pauses or resumes all queues at once: `{ action: "pause" | "resume" }`.',
  },
  status: {
    method: "GET",
    path: "/api/v1/status",
    does: "The node: its versions, worker processes, runs, queues and problems.",
  },
} as const satisfies Record<keyof ClientCalls, Route>;

/** A call's input (in the body, or as the query parameter `input` of a GET) and its answer, as they are in `client-calls.ts`. */
export const OWN_MEDIA_TYPE = "application/vnd.perdure.v1+json";

/** A request that waits is answered within this time, before anything between client and node loses patience. */
export const LONGEST_HTTP_WAIT_MS = 25_000;

/** An error as both languages carry it. The sentence stands in `error`, where Trigger.dev's SDK looks for it. */
export interface ErrorBody {
  readonly error: string;
  readonly code: string;
}
