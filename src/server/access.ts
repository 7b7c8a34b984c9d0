/**
 * Who may call what. A table by the name of the call, so that a new call fails the type check until somebody has decided; the
 * rule that compares a token's scopes with it is `core/scopes.ts`, and `authorise.ts` applies both.
 */
import type { Permission } from "../core/scopes.ts";
import type { ClientCalls, RunView } from "../protocol/client-calls.ts";

export type Access<Input> =
  /** Only the key with which the server was started. */
  | { readonly by: "root" }
  /** Any secret key, and no token whatever its scopes: what it hands out would outlast the token. */
  | { readonly by: "secret key" }
  /** Any secret key, and tokens that may do everything. */
  | { readonly by: "admin" }
  /** Tokens too that grant every permission of one of these lists. The input has not been checked yet. */
  | { readonly by: "scope"; readonly anyOf: (input: Input) => readonly (readonly Permission[])[] }
  /** Tokens too that may read the run that the input names: by its id, task, one of its tags or its batch. */
  | {
      readonly by: "run";
      /** What of it is for secret keys, and tokens that may do everything, alone. The input has not been checked yet. */
      readonly unless?: (input: Input) => boolean;
    };

type Table = { readonly [Name in keyof ClientCalls]: Access<Parameters<ClientCalls[Name]>[0]> };

export const ACCESS: Table = {
  trigger: {
    by: "scope",
    anyOf: ({ requests, batchId, parentRunId }) => {
      const action = batchId === undefined ? "trigger" : "batchTrigger";
      const tasks = requests.map(({ task }) => ({ action, type: "tasks", id: task }) as const);
      // A child is canceled with its parent, and shown with it.
      const parents = parentRunId === undefined ? [] : [{ action: "write", type: "runs", id: parentRunId } as const];
      return [[...tasks, ...parents]];
    },
  },
  retrieve: { by: "run" },
  list: {
    by: "scope",
    anyOf: ({ tag, batchId, tasks = [] }) => [
      [{ action: "read", type: "runs" }],
      ...(tag === undefined ? [] : [[{ action: "read", type: "tags", id: tag } as const]]),
      ...(batchId === undefined ? [] : [[{ action: "read", type: "batch", id: batchId } as const]]),
      tasks.map((task) => ({ action: "read", type: "tasks", id: task })),
    ],
  },
  events: { by: "run" },
  // Answers of other services may hold what was meant for the task alone.
  journal: { by: "run", unless: ({ withValues }) => withValues === true },
  cancel: { by: "scope", anyOf: ({ runId }) => [[{ action: "write", type: "runs", id: runId }]] },
  replay: { by: "admin" },
  restart: { by: "admin" },
  reschedule: { by: "admin" },
  changeMetadata: { by: "admin" },
  addTags: { by: "admin" },
  resetIdempotencyKey: { by: "admin" },
  // Announced by one request and filled by another, it would let a token name runs by itself.
  createBatch: { by: "admin" },
  addBatchItems: { by: "admin" },
  retrieveBatch: { by: "scope", anyOf: ({ batchId }) => [[{ action: "read", type: "batch", id: batchId }]] },
  awaitRun: { by: "run" },
  explain: { by: "run" },
  listQueues: { by: "admin" },
  retrieveQueue: { by: "admin" },
  pauseQueue: { by: "admin" },
  pauseEverything: { by: "admin" },
  overrideQueueLimit: { by: "admin" },
  resetQueueLimit: { by: "admin" },
  status: { by: "admin" },
  logs: { by: "run" },
  createPublicToken: { by: "secret key" },
  createKey: { by: "root" },
  listKeys: { by: "root" },
  revokeKey: { by: "root" },
};

/** Every way in which a token may be allowed to read this run. */
export function waysToRead({
  id,
  task,
  tags,
  batchId,
}: Pick<RunView, "id" | "task" | "tags" | "batchId">): readonly Permission[] {
  return [
    { action: "read", type: "runs", id },
    { action: "read", type: "tasks", id: task },
    ...tags.map((tag) => ({ action: "read", type: "tags", id: tag }) as const),
    ...(batchId === undefined ? [] : [{ action: "read", type: "batch", id: batchId } as const]),
  ];
}

/** Calls that pages may make: those that tokens with some scope are for. */
export function isForTokens(name: keyof ClientCalls): boolean {
  const { by } = ACCESS[name];
  return by === "scope" || by === "run";
}
