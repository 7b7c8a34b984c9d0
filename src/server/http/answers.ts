import { z } from "zod";
import type { Env } from "../../core/env.ts";
import { createId } from "../../core/ids.ts";
import { accept, type ClientCalls } from "../../protocol/index.ts";
import { acceptList } from "./accept-list.ts";
import { acceptTrigger } from "./accept-trigger.ts";
import { apiStatus, presentRun, presentWholeRun } from "./present-run.ts";
import { QUEUE_ANSWERS } from "./queue-answers.ts";

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; `undefined` where there was none. */
  readonly body: unknown;
}

export interface AnswerDeps {
  readonly calls: ClientCalls;
  readonly env: Env;
  readonly environmentId: string;
}

export type Answer = (deps: AnswerDeps, asked: Asked) => Promise<object>;

const ENVIRONMENT_NAME = "prod";
const EVENTS_PAGE = 1_000;
const replayBody = z.strictObject({}).nullish();

/** What each call is answered to those who ask in the shapes of Trigger.dev's API. */
export const ANSWERS: Readonly<Record<keyof ClientCalls, Answer>> = {
  async trigger({ calls, env }, { params, body }) {
    const request = acceptTrigger(named(params, "task"), body, env.now());
    const { runs } = await calls.trigger({ requests: [request], runIds: [createId("run", env)] });
    const { id, isCached } = runs[0] as (typeof runs)[number];
    return { id, isCached };
  },

  async retrieve({ calls, env }, { params }) {
    const view = await calls.retrieve({ runId: named(params, "runId") });
    const { parentRunId, rootRunId } = view;
    const parent = parentRunId === undefined ? undefined : await found(calls, parentRunId);
    const root = parentRunId === undefined ? undefined : await found(calls, rootRunId);
    return presentWholeRun(view, { now: env.now(), ...(parent && { parent }), ...(root && { root }) });
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

  async events({ calls }, { params }) {
    return calls.events({ runId: named(params, "runId"), afterSeq: 0, limit: EVENTS_PAGE });
  },

  cancel: ({ calls }, { params }) => calls.cancel({ runId: named(params, "runId") }),

  replay({ calls, env }, { params, body }) {
    accept("runs.replay", replayBody, body);
    return calls.replay({ runId: named(params, "runId"), newRunId: createId("run", env) });
  },

  restart: ({ calls }, { params }) => calls.restart({ runId: named(params, "runId") }),

  async awaitRun({ calls, env }, { params, query }) {
    const waitMs = Number(query.get("waitMs") ?? 0);
    const view = await calls.awaitRun({ runId: named(params, "runId"), waitMs });
    return presentWholeRun(view, { now: env.now() });
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
