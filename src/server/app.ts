import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { defined } from "../core/defined.ts";
import type { Env } from "../core/env.ts";
import { type ErrorCode, isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { type ClientCalls, type ErrorBody, LONGEST_HTTP_WAIT_MS, OWN_MEDIA_TYPE, ROUTES } from "../protocol/index.ts";
import { authenticate } from "./authenticate.ts";
import { checkOrigin } from "./check-origin.ts";
import { ANSWERS } from "./http/answers.ts";
import { presentResult } from "./http/present-run.ts";
import type { Monitor } from "./monitor.ts";

export interface AppOptions {
  readonly calls: ClientCalls;
  readonly env: Env;
  readonly environmentId: string;
  readonly secretKey: string;
  /** Host names under which the app is reached beside the loopback ones; `*` for any. */
  readonly hosts: readonly string[];
  readonly monitor: Pick<Monitor, "problems" | "metricsText" | "onRequest">;
  /** Told of errors that are no answer to what was asked, before they are answered with 500. */
  readonly onProblem: (error: unknown) => void;
}

/** A payload as long as it may be, each of its characters escaped, and its options. */
const BODY_BYTES = LIMITS.valueCharacters * 2 + LIMITS.metadataCharacters;

/** The HTTP API as a function from request to response: whatever it is asked ends in `dispatch`. */
export function createApp(given: AppOptions): (request: Request) => Promise<Response> {
  const options = { ...given, calls: withShortWaits(given.calls) };
  const app = new Hono();
  app.use((context, next) => measure(context, next, options));
  app.get("/healthz", (context) => context.json({ ok: true }));
  app.get("/readyz", (context) => answerReady(context, options));
  app.use(async (context, next) => {
    checkOrigin(defined({ host: context.req.header("host"), origin: context.req.header("origin") }), options.hosts);
    authenticate(context.req.header("authorization"), options.secretKey);
    await next();
  });
  app.get("/metrics", (context) => answerMetrics(context, options));
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: () => refuseBody() }));
  for (const name of Object.keys(ROUTES) as (keyof ClientCalls)[]) {
    const { method, path } = ROUTES[name];
    app.on(method, path, (context) => answer(name, context, options));
  }
  app.get("/api/v1/runs/:runId/result", (context) => answerResult(context, options));
  app.get("/api/v1/runs/:runId/metadata", async (context) => {
    const { metadata = "{}" } = await options.calls.retrieve({ runId: context.req.param("runId") });
    return context.json({ metadata: JSON.parse(metadata) as object });
  });
  app.notFound(({ req: { method, path } }) => errorResponse(perdureError("ROUTE_UNKNOWN", { method, path })));
  app.onError((error) => {
    if (isPerdureError(error)) return errorResponse(error);
    options.onProblem(error);
    return errorResponse(perdureError("INTERNAL", { problem: error.message }, { cause: error }));
  });
  return async (request) => app.fetch(request);
}

/** In our own language the call's input and answer, in the other what `http/` makes of them. */
async function answer(name: keyof ClientCalls, context: Context, options: AppOptions): Promise<Response> {
  const { req } = context;
  const body = req.method === "GET" ? undefined : await readBody(context);
  if (!speaksOurs(context)) {
    const asked = { params: req.param(), query: new URL(req.url).searchParams, body };
    const response = context.json(await ANSWERS[name](options, asked));
    // With these its SDK signs a token for the run by itself.
    response.headers.set("x-trigger-jwt-claims", JSON.stringify({ sub: options.environmentId, pub: true }));
    return response;
  }
  const input = body ?? parseJson(req.query("input") ?? "", context);
  const call = options.calls[name] as (input: unknown) => Promise<unknown>;
  return new Response(JSON.stringify(await call(input)), { headers: { "content-type": OWN_MEDIA_TYPE } });
}

function speaksOurs({ req }: Context): boolean {
  return req.header("accept") === OWN_MEDIA_TYPE;
}

/** Whoever asks, and in whichever language: no request stays open for longer than what lies on its way would bear. */
function withShortWaits(calls: ClientCalls): ClientCalls {
  // A wait that is no number is refused by its schema.
  const awaitRun: ClientCalls["awaitRun"] = (input) =>
    calls.awaitRun(input?.waitMs > LONGEST_HTTP_WAIT_MS ? { ...input, waitMs: LONGEST_HTTP_WAIT_MS } : input);
  return { ...calls, awaitRun };
}

/** Not found is how that API says that a run is not final yet; its SDK asks again. */
async function answerResult(context: Context, { calls }: AppOptions): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  const result = presentResult(await calls.retrieve({ runId }));
  return result === undefined ? context.json({ error: `Run ${runId} is not finished.` }, 404) : context.json(result);
}

/** Asked without a key, so it says which trouble and not what about it. */
async function answerReady(context: Context, { monitor }: AppOptions): Promise<Response> {
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

async function answerMetrics(context: Context, { monitor }: AppOptions): Promise<Response> {
  const text = await monitor.metricsText();
  if (text === undefined) return context.notFound();
  return new Response(text, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
}

/** By the route and not by the path: ids have no end. */
async function measure(context: Context, next: () => Promise<void>, { env, monitor }: AppOptions): Promise<void> {
  const startedAt = env.monotonic();
  await next();
  const { method, routePath } = context.req;
  const route = routePath === "/*" ? "other" : routePath;
  monitor.onRequest({ method, route, status: context.res.status, ms: env.monotonic() - startedAt });
}

async function readBody(context: Context): Promise<unknown> {
  const text = await context.req.text();
  return text.trim() === "" ? undefined : parseJson(text, context);
}

function parseJson(text: string, { req: { method, path } }: Context): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw perdureError("BODY_INVALID", { method, path, problem: (error as Error).message }, { cause: error });
  }
}

function refuseBody(): Response {
  return errorResponse(perdureError("BODY_TOO_LARGE", { limit: BODY_BYTES }));
}

/** Its SDK repeats what fails with a status of 500 and more; what another try cannot mend is marked. */
function errorResponse({ code, message, status }: PerdureError): Response {
  const body: ErrorBody = { error: message, code };
  return Response.json(body, { status, headers: { "x-should-retry": String(status === 429 || status === 503) } });
}
