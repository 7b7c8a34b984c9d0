import { describe, expect, it } from "vitest";
import { isPerdureError, perdureError } from "../core/errors.ts";
import type { RunView } from "../protocol/client-calls.ts";
import { ROUTES } from "../protocol/index.ts";
import { ACCESS, isForTokens } from "./access.ts";
import { authorise } from "./authorise.ts";
import type { Caller } from "./caller.ts";

type CallName = keyof typeof ACCESS;
const CALLS = Object.keys(ACCESS) as readonly CallName[];

const RUN = { id: "run_1", task: "mail", tags: ["user:1", "b"], batchId: "batch_1" } as unknown as RunView;
const requests = [{ task: "mail", options: {} }];

/** One input of each call, and the scopes that grant it; beside those that grant everything that tokens may do. */
const GRANTS: Readonly<Record<CallName, { readonly input: object; readonly scopes: readonly string[] }>> = {
  trigger: {
    input: { requests, runIds: [] },
    scopes: ["trigger:tasks:mail", "trigger:tasks", "trigger:all", "trigger"],
  },
  retrieve: { input: { runId: "run_1" }, scopes: READ_RUN() },
  list: { input: { limit: 1 }, scopes: ["read:runs", "read:all", "read"] },
  journal: { input: { runId: "run_1", limit: 10 }, scopes: READ_RUN() },
  events: { input: { runId: "run_1" }, scopes: READ_RUN() },
  cancel: { input: { runId: "run_1" }, scopes: ["write:runs:run_1", "write:runs", "write:all", "write"] },
  replay: { input: { runId: "run_1" }, scopes: [] },
  restart: { input: { runId: "run_1" }, scopes: [] },
  reschedule: { input: { runId: "run_1" }, scopes: [] },
  changeMetadata: { input: { runId: "run_1" }, scopes: [] },
  addTags: { input: { runId: "run_1" }, scopes: [] },
  resetIdempotencyKey: { input: { task: "mail" }, scopes: [] },
  createBatch: { input: { batchId: "batch_1" }, scopes: [] },
  addBatchItems: { input: { batchId: "batch_1" }, scopes: [] },
  retrieveBatch: {
    input: { batchId: "batch_1" },
    scopes: ["read:batch:batch_1", "read:batch", "read:all", "read"],
  },
  awaitRun: { input: { runId: "run_1" }, scopes: READ_RUN() },
  logs: { input: { runId: "run_1" }, scopes: READ_RUN() },
  explain: { input: { runId: "run_1" }, scopes: READ_RUN() },
  listQueues: { input: {}, scopes: [] },
  retrieveQueue: { input: { queue: "q" }, scopes: [] },
  pauseQueue: { input: { queue: "q" }, scopes: [] },
  pauseEverything: { input: {}, scopes: [] },
  overrideQueueLimit: { input: { queue: "q" }, scopes: [] },
  resetQueueLimit: { input: { queue: "q" }, scopes: [] },
  status: { input: {}, scopes: [] },
  createPublicToken: { input: { scopes: [] }, scopes: [] },
  createKey: { input: {}, scopes: [] },
  listKeys: { input: {}, scopes: [] },
  revokeKey: { input: {}, scopes: [] },
};

function READ_RUN(): readonly string[] {
  const own = ["read:runs:run_1", "read:tasks:mail", "read:tags:user:1", "read:tags:b", "read:batch:batch_1"];
  return [...own, "read:runs", "read:tasks", "read:tags", "read:batch", "read:all", "read"];
}

const ACTIONS = ["read", "write", "trigger", "batchTrigger"];
const TYPES = ["runs", "tasks", "tags", "batch"];
const IDS = ["run_1", "run_2", "mail", "mailer", "user:1", "user", "b", "batch_1", "batch_2"];
const SCOPES = [
  "admin",
  "",
  "*",
  ...ACTIONS,
  ...ACTIONS.flatMap((action) => [`${action}:`, `${action}:all`, `${action}:*`]),
  ...ACTIONS.flatMap((action) => TYPES.map((type) => `${action}:${type}`)),
  ...ACTIONS.flatMap((action) => TYPES.flatMap((type) => IDS.map((id) => `${action}:${type}:${id}`))),
];

function token(...scopes: readonly string[]): Caller {
  return {
    kind: "token",
    tokenHash: "h",
    keyId: undefined,
    scopes,
    isSingleUse: false,
    expiresAt: 1,
    requestName: undefined,
  };
}

async function findRun(runId: string): Promise<RunView> {
  if (runId !== RUN.id) throw perdureError("RUN_NOT_FOUND", { runId });
  return RUN;
}

async function outcome(caller: Caller, name: CallName, input: unknown = GRANTS[name].input): Promise<string> {
  try {
    await authorise(caller, name, input, findRun);
    return "fine";
  } catch (error) {
    return isPerdureError(error) ? error.code : String(error);
  }
}

describe("every call", () => {
  it("has a route and a row that says who may make it", () => {
    expect([...CALLS].sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it.each(CALLS)("%s is granted by its own scopes and by no other", async (name) => {
    const { scopes } = GRANTS[name];
    const { by } = ACCESS[name];
    const granting = by === "root" || by === "secret key" ? [] : ["admin", ...scopes];
    const granted: string[] = [];
    for (const scope of SCOPES) if ((await outcome(token(scope), name)) === "fine") granted.push(scope);
    expect(granted.sort()).toEqual([...granting].sort());
    expect(await outcome(token(), name)).toBe(by === "root" ? "ROOT_KEY_NEEDED" : "SCOPE_MISSING");
    expect(isForTokens(name)).toBe(scopes.length > 0);
  });

  it.each(CALLS)("%s is granted to keys, but for what only the root key may do", async (name) => {
    expect(await outcome({ kind: "root" }, name)).toBe("fine");
    const expected = ACCESS[name].by === "root" ? "ROOT_KEY_NEEDED" : "fine";
    expect(await outcome({ kind: "key", keyId: "key_1" }, name)).toBe(expected);
  });

  it.each(CALLS)("%s with an input that is none is granted to no token with a narrow scope", async (name) => {
    const narrow = token("trigger:tasks:mail", "write:runs:run_1", "read:runs:run_1", "read:tasks:mail");
    for (const input of [null, 1, "x", [], {}, { requests: [null] }, { requests: "mail" }, { requests: [] }])
      expect(await outcome(narrow, name, input)).not.toBe("fine");
  });
});

describe("a call about several things", () => {
  it("takes a scope for each", async () => {
    const two = { requests: [...requests, { task: "print", options: {} }], runIds: [], batchId: "batch_1" };
    expect(await outcome(token("batchTrigger:tasks:mail"), "trigger", two)).toBe("SCOPE_MISSING");
    expect(await outcome(token("batchTrigger:tasks:mail", "batchTrigger:tasks:print"), "trigger", two)).toBe("fine");
    expect(await outcome(token("trigger:tasks:mail", "trigger:tasks:print"), "trigger", two)).toBe("SCOPE_MISSING");
    const child = { requests, runIds: [], parentRunId: "run_1" };
    expect(await outcome(token("trigger:tasks:mail"), "trigger", child)).toBe("SCOPE_MISSING");
    expect(await outcome(token("trigger:tasks:mail", "write:runs:run_1"), "trigger", child)).toBe("fine");
  });

  it("lists what its filters leave to the token", async () => {
    expect(await outcome(token("read:tags:user:1"), "list", { limit: 1, tag: "user:1" })).toBe("fine");
    expect(await outcome(token("read:tags:user:1"), "list", { limit: 1, tag: "user:2" })).toBe("SCOPE_MISSING");
    expect(await outcome(token("read:batch:batch_1"), "list", { limit: 1, batchId: "batch_1" })).toBe("fine");
    expect(await outcome(token("read:tasks:mail"), "list", { limit: 1, tasks: ["mail"] })).toBe("fine");
    expect(await outcome(token("read:tasks:mail"), "list", { limit: 1, tasks: ["mail", "print"] })).toBe(
      "SCOPE_MISSING",
    );
    expect(await outcome(token("read:tasks:mail"), "list", { limit: 1, tasks: [] })).toBe("SCOPE_MISSING");
  });

  it("says which scopes it takes, some of them where there are many", async () => {
    const many = { requests: Array.from({ length: 9 }, (_, i) => ({ task: `t${i}`, options: {} })), runIds: [] };
    await expect(authorise(token(), "trigger", many, async () => RUN)).rejects.toThrow("trigger:tasks:t4 and 4 more");
    await expect(authorise(token(), "replay", {}, async () => RUN)).rejects.toThrow("it takes a secret key");
  });

  it("shows what a journal holds to no token that may only read its run", async () => {
    const values = { runId: "run_1", limit: 1, withValues: true };
    expect(await outcome(token("read:runs:run_1"), "journal", values)).toBe("SCOPE_MISSING");
    expect(await outcome(token("admin"), "journal", values)).toBe("fine");
    expect(await outcome({ kind: "key", keyId: "key_1" }, "journal", values)).toBe("fine");
    expect(await outcome(token("read:runs:run_1"), "journal", { ...values, withValues: false })).toBe("fine");
  });

  it("passes on what went wrong while its run was looked for", async () => {
    const broken = authorise(token("read:tasks:mail"), "retrieve", { runId: "run_1" }, async () => {
      throw new Error("no database");
    });
    await expect(broken).rejects.toThrow("no database");
  });
});
