import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Env } from "../core/env.ts";
import { type ErrorCode, isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { type ClientCalls, type ErrorBody, OWN_MEDIA_TYPE, ROUTES } from "../protocol/index.ts";
import type { Caller } from "./caller.ts";
import { networkOf } from "./http/address.ts";
import { createAdmission } from "./http/admit.ts";
import { ANSWERS, type AnswerDeps, type Asked } from "./http/answers.ts";
import { answerWholeBatch } from "./http/batch-answers.ts";
import { answerBatchItems } from "./http/batch-items.ts";
import { readMetadata } from "./http/change-answers.ts";
import { answerClaims, claimsOf } from "./http/claims.ts";
import { addPacketLinks, addPacketRoutes, linkToValue, refuseTokens } from "./http/packets.ts";
import { answerPreflights } from "./http/preflights.ts";
import { presentResult } from "./http/present-run.ts";
import { withShortWaits } from "./http/short-waits.ts";
import type { AppContext, Surroundings } from "./http/surroundings.ts";
import type { Edge } from "./node.ts";
import { createPages } from "./pages/pages.ts";

export interface AppOptions extends Edge {
  readonly env: Env;
  readonly environmentId: string;
  /** The key with which the server was started: whoever knows it may sign in to the pages. */
  readonly secretKey: string;
  /** Host names under which the app is reached beside the loopback ones; `*` for any. */
  readonly hosts: readonly string[];
  /** Requests a second that one secret key may send for long. Default: 500; `false` or 0 for any number. */
  readonly rateLimit?: number | false;
  /** Whether `x-forwarded-for` is set by a proxy of ours, and says where requests come from. */
  readonly trustProxy?: boolean;
  /** Aborted when the server leaves: nobody waits here any longer. */
  readonly leaving: AbortSignal;
  /** Told of errors that are no answer to what was asked, before they are answered with 500. */
  readonly onProblem: (error: unknown) => void;
}

const RATE_LIMIT = 500;

/** A payload as long as it may be, each of its characters escaped, and its options. */
const BODY_BYTES = LIMITS.valueCharacters * 2 + LIMITS.metadataCharacters;

/** Of answers that are not 200. */
const STATUSES: Partial<Record<keyof ClientCalls, 202>> = { createBatch: 202 };

/** @param remote - The address at the other end of the connection. */
export type App = (request: Request, remote?: string) => Promise<Response>;

/** The HTTP API as a function from request to response: whatever it is asked ends in `dispatch`. */
export function createApp(options: AppOptions): App {
  const app = new Hono<Surroundings>();
  const admit = createAdmit(options);
  app.use((context, next) => measure(context, next, options));
  app.get("/healthz", (context) => context.json({ ok: true }));
  app.get("/readyz", (context) => answerReady(context, options));
  addPacketLinks(app, options);
  answerPreflights(app, options.hosts);
  app.route("/", createPages({ ...options, admit }));
  app.use(async (context, next) => {
    const caller = await admit(context, context.req.header("authorization"));
    context.set("caller", caller);
    context.set("calls", withShortWaits(options.callsFor(caller), options.leaving));
    await next();
  });
  app.get("/metrics", (context) => answerMetrics(context, options));
  app.post(ROUTES.addBatchItems.path, (context, next) =>
    speaksOurs(context) ? next() : answerJson(context, options, answerBatchItems(context, depsOf(context, options))),
  );
  addPacketRoutes(app, options);
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: () => refuseBody() }));
  for (const name of Object.keys(ROUTES) as (keyof ClientCalls)[]) {
    const { method, path } = ROUTES[name];
    app.on(method, path, (context) => answer(name, context, options));
  }
  addOtherRoutes(app, options);
  app.notFound(({ req: { method, path } }) => errorResponse(perdureError("ROUTE_UNKNOWN", { method, path })));
  app.onError((error, context) => answerError(error, context, options));
  return async (request, remote) => {
    const headers = new Map<string, string>();
    const response = await app.fetch(request, { remote, headers });
    for (const [name, text] of headers) response.headers.set(name, text);
    return response;
  };
}

/** @param authorization - What the request shows, in the form of that header. */
export type Admit = (context: AppContext, authorization: string | undefined) => Promise<Caller>;

function createAdmit(options: AppOptions): Admit {
  const admit = createAdmission({ rateLimit: RATE_LIMIT, ...options });
  return ({ env: { remote, headers }, req }, authorization) =>
    admit({
      header: (name) => (name === "authorization" ? authorization : req.header(name)),
      network: networkOf(remote, options.trustProxy ? req.header("x-forwarded-for") : undefined),
      tell: (name, text) => void headers.set(name, text),
    });
}

/** What has a shape of Trigger.dev's API and is no call of ours by itself. */
function addOtherRoutes(app: Hono<Surroundings>, options: AppOptions): void {
  app.post("/api/v1/auth/jwt/claims", (context) =>
    context.json(answerClaims(context.get("caller"), options.environmentId)),
  );
  app.get("/api/v1/runs/:runId/result", answerResult);
  app.get("/api/v1/runs/:runId/metadata", async (context) =>
    context.json({ metadata: await readMetadata(context.get("calls"), context.req.param("runId")) }),
  );
  app.post("/api/v2/tasks/batch", async (context) => {
    const asked = toAsked(context, await readBody(context));
    return answerJson(context, options, answerWholeBatch(depsOf(context, options), asked));
  });
}

/** In our own language the call's input and answer, in the other what `http/` makes of them. */
async function answer(name: keyof ClientCalls, context: AppContext, options: AppOptions): Promise<Response> {
  const { req } = context;
  const body = req.method === "GET" ? undefined : await readBody(context);
  if (!speaksOurs(context) && name !== "addBatchItems") {
    const asked = { ...toAsked(context, body), linksTo: linksIn(context, options) };
    return answerJson(context, options, ANSWERS[name](depsOf(context, options), asked), STATUSES[name]);
  }
  const input = body ?? parseJson(req.query("input") ?? "", context);
  const call = context.get("calls")[name] as (input: unknown) => Promise<unknown>;
  return new Response(JSON.stringify(await call(input)), { headers: { "content-type": OWN_MEDIA_TYPE } });
}

async function answerJson(
  context: AppContext,
  { environmentId }: AppOptions,
  answer: Promise<{ readonly publicAccessToken?: string }>,
  status: 200 | 202 = 200,
): Promise<Response> {
  const caller = context.get("caller");
  const { publicAccessToken, ...answered } = await answer;
  const response = context.json(answered, status);
  // With these its SDK signs a token for the run by itself, unless it asks with a token.
  response.headers.set("x-trigger-jwt-claims", JSON.stringify(claimsOf(caller, environmentId)));
  if (caller.kind === "token" && publicAccessToken !== undefined)
    response.headers.set("x-trigger-jwt", publicAccessToken);
  return response;
}

function depsOf(context: AppContext, { env, environmentId }: AppOptions): AnswerDeps {
  return { env, environmentId, calls: context.get("calls") };
}

function toAsked({ req }: AppContext, body: unknown): Asked {
  const requestKey = req.header("x-trigger-request-idempotency-key");
  return { params: req.param(), query: new URL(req.url).searchParams, body, ...(requestKey && { requestKey }) };
}

function linksIn(context: AppContext, options: AppOptions): Required<Asked>["linksTo"] {
  return (runId) => (field) => linkToValue(runId, field, context, options);
}

function speaksOurs({ req }: AppContext): boolean {
  return req.header("accept") === OWN_MEDIA_TYPE;
}

/** Not found is how that API says that a run is not final yet; its SDK asks again. */
async function answerResult(context: AppContext): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  const result = presentResult(await context.get("calls").retrieve({ runId }));
  return result === undefined ? context.json({ error: `Run ${runId} is not finished.` }, 404) : context.json(result);
}

/** Asked without a key, so it says which trouble and not what about it. */
async function answerReady(context: AppContext, { monitor }: AppOptions): Promise<Response> {
  const problems = await monitor.problems();
  if (problems.length === 0) return context.json({ ready: true });
  const reasons = problems.map(({ code }) => `${code}: ${NOT_READY[code] ?? "See perdure status."}`);
  return context.json({ ready: false, reasons }, 503);
}

const NOT_READY: { readonly [Code in ErrorCode]?: string } = {
  STOPPING: "Perdure is stopping.",
  DISK_FULL: "The disk of the database is full.",
  STORE_UNAVAILABLE: "The database does not answer.",
  STORE_BUSY: "More writes wait than the disk can take.",
  STORE_CLOSED: "The database is closed.",
  DATABASE_CORRUPT: "The database is damaged.",
  WORKERS_NOT_READY: "No worker process of the current version takes runs yet.",
  WORKER_START_FAILED: "The worker processes of the current version do not start.",
};

async function answerMetrics(context: AppContext, { monitor }: AppOptions): Promise<Response> {
  refuseTokens(context);
  const text = await monitor.metricsText();
  if (text === undefined) return context.notFound();
  return new Response(text, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
}

/** By the route and not by the path: ids have no end. */
async function measure(context: AppContext, next: () => Promise<void>, { env, monitor }: AppOptions): Promise<void> {
  const startedAt = env.monotonic();
  await next();
  const { method, routePath } = context.req;
  const route = routePath === "/*" ? "other" : routePath;
  monitor.onRequest({ method, route, status: context.res.status, ms: env.monotonic() - startedAt });
}

async function readBody(context: AppContext): Promise<unknown> {
  const text = await context.req.text();
  return text.trim() === "" ? undefined : parseJson(text, context);
}

function parseJson(text: string, { req: { method, path } }: AppContext): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw perdureError("BODY_INVALID", { method, path, problem: (error as Error).message }, { cause: error });
  }
}

function answerError(error: Error, { req: { method, path } }: AppContext, { onProblem }: AppOptions): Response {
  if (isPerdureError(error)) return errorResponse(error);
  // Parsing takes any depth; walking through what was parsed does not.
  if (error instanceof RangeError && method !== "GET")
    return errorResponse(perdureError("BODY_INVALID", { method, path, problem: "it is nested too deeply" }));
  onProblem(error);
  return errorResponse(perdureError("INTERNAL", { problem: error.message }, { cause: error }));
}

function refuseBody(): Response {
  return errorResponse(perdureError("BODY_TOO_LARGE", { limit: BODY_BYTES }));
}

/** Its SDK repeats what fails with a status of 500 and more; what another try cannot mend is marked. */
function errorResponse({ code, message, status }: PerdureError): Response {
  const body: ErrorBody = { error: message, code };
  return Response.json(body, { status, headers: { "x-should-retry": String(status === 429 || status === 503) } });
}
