import { z } from "zod";
import { defined } from "../../core/defined.ts";
import type { Env } from "../../core/env.ts";
import { createId } from "../../core/ids.ts";
import { LIMITS } from "../../core/limits.ts";
import { accept, type ClientCalls } from "../../protocol/index.ts";
import { acceptKey, acceptPublicToken, presentKey } from "./accept-keys.ts";
import { acceptList, numberIn } from "./accept-list.ts";
import { acceptTrigger } from "./accept-trigger.ts";
import { BATCH_ANSWERS } from "./batch-answers.ts";
import { CHANGE_ANSWERS } from "./change-answers.ts";
import { JOURNAL_ANSWER } from "./journal-answer.ts";
import { apiStatus, presentRun, presentWholeRun } from "./present-run.ts";
import { QUEUE_ANSWERS } from "./queue-answers.ts";

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; `undefined` where there was none. */
  readonly body: unknown;
  /** The same for every sending of one call. */
  readonly requestKey?: string;
  /** Addresses of the values of a run. */
  readonly linksTo?: (runId: string) => (field: "payload" | "output") => string;
}

export interface AnswerDeps {
  readonly calls: ClientCalls;
  readonly env: Env;
  readonly environmentId: string;
}

export type Answer = (deps: AnswerDeps, asked: Asked) => Promise<object>;

const ENVIRONMENT_NAME = "prod";
const EVENTS = "The events of a run";
const LINES = "Lines of a log";
const replayBody = z.strictObject({}).nullish();

/** All but those whose bodies are taken while they come in. */
export type AnsweredCall = Exclude<keyof ClientCalls, "addBatchItems">;

/** What each call is answered to those who ask in the shapes of Trigger.dev's API. */
export const ANSWERS: Readonly<Record<AnsweredCall, Answer>> = {
  ...BATCH_ANSWERS,
  ...CHANGE_ANSWERS,

  async trigger({ calls, env }, { params, body, requestKey }) {
    const request = acceptTrigger(named(params, "task"), body, env.now());
    const { runs, publicAccessToken } = await calls.trigger({
      requests: [request],
      runIds: [createId("run", env)],
      ...defined({ requestKey }),
    });
    const { id, isCached } = runs[0] as (typeof runs)[number];
    return { id, isCached, ...defined({ publicAccessToken }) };
  },

  async retrieve({ calls, env }, { params, linksTo }) {
    const view = await calls.retrieve({ runId: named(params, "runId") });
    const { parentRunId, rootRunId } = view;
    const parent = parentRunId === undefined ? undefined : await found(calls, parentRunId);
    // Each is read with its values, and most parents are the root.
    const root = parentRunId === undefined || parentRunId === rootRunId ? parent : await found(calls, rootRunId);
    const linkTo = linksTo?.(view.id);
    return presentWholeRun(view, { now: env.now(), linkTo, ...(parent && { parent }), ...(root && { root }) });
  },

  async list({ calls, env, environmentId }, { query }) {
    const now = env.now();
    const { request, statuses } = acceptList(query, now);
    const { runs, next } = await calls.list(request);
    const wanted = runs.filter((view) => statuses?.has(apiStatus(view, now)) ?? true);
    const data = wanted.map((view) => ({
      ...presentRun(view, now),
      env: { id: environmentId, name: ENVIRONMENT_NAME },
    }));
    return { data, pagination: next === undefined ? {} : { next } };
  },

  async events({ calls }, { params, query }) {
    const limit = numberIn(query, "page[size]", EVENTS) ?? LIMITS.listEvents;
    const afterSeq = numberIn(query, "page[after]", EVENTS) ?? 0;
    const { events } = await calls.events({ runId: named(params, "runId"), afterSeq, limit });
    const last = events.length === limit ? events.at(-1) : undefined;
    return { events, pagination: last === undefined ? {} : { next: String(last.seq) } };
  },

  journal: JOURNAL_ANSWER,

  cancel: ({ calls }, { params }) => calls.cancel({ runId: named(params, "runId") }),

  replay({ calls, env }, { params, body, requestKey }) {
    accept("runs.replay", replayBody, body);
    return calls.replay({ runId: named(params, "runId"), newRunId: createId("run", env), ...defined({ requestKey }) });
  },

  restart: ({ calls }, { params, requestKey }) =>
    calls.restart({ runId: named(params, "runId"), ...defined({ requestKey }) }),

  async awaitRun({ calls, env }, { params, query }) {
    const waitMs = Number(query.get("waitMs") ?? 0);
    const view = await calls.awaitRun({ runId: named(params, "runId"), waitMs });
    return presentWholeRun(view, { now: env.now() });
  },

  createPublicToken: ({ calls, env }, { body }) => calls.createPublicToken(acceptPublicToken(body, env.now())),

  async createKey({ calls, env }, { body }) {
    const { key, secret } = await calls.createKey({ keyId: createId("key", env), ...acceptKey(body, env.now()) });
    return { ...presentKey(key), secret };
  },

  listKeys: async ({ calls }) => ({ data: (await calls.listKeys({})).keys.map(presentKey) }),

  revokeKey: async ({ calls }, { params }) =>
    presentKey((await calls.revokeKey({ keyId: named(params, "keyId") })).key),

  async logs({ calls }, { params, query }) {
    const after = numberIn(query, "after", LINES) ?? 0;
    const limit = numberIn(query, "limit", LINES) ?? LIMITS.logs.listLines;
    const waitMs = numberIn(query, "waitMs", LINES) ?? 0;
    const { lines, isOver } = await calls.logs({ runId: named(params, "runId"), after, limit, waitMs });
    const data = lines.map(({ at, ...line }) => ({ ...line, at: new Date(at).toISOString() }));
    const next = lines.at(-1)?.seq;
    return { data, isOver, pagination: next === undefined ? {} : { next } };
  },
  explain: ({ calls }, { params }) => calls.explain({ runId: named(params, "runId") }),
  status: ({ calls }) => calls.status({}),
  ...QUEUE_ANSWERS,
};

function named(params: Asked["params"], name: string): string {
  return params[name] ?? "";
}

/** A relative may have been deleted before. */
function found(calls: ClientCalls, runId: string) {
  return calls.retrieve({ runId }).catch(() => undefined);
}
