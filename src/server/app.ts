import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Env } from "../core/env.ts";
import { isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { type ClientCalls, type ErrorBody, LONGEST_HTTP_WAIT_MS, OWN_MEDIA_TYPE, ROUTES } from "../protocol/index.ts";
import { isForTokens } from "./access.ts";
import type { Caller } from "./caller.ts";
import { checkHost } from "./check-origin.ts";
import { networkOf } from "./http/address.ts";
import { createAdmission } from "./http/admit.ts";
import { ANSWERS } from "./http/answers.ts";
import { answerClaims, claimsOf } from "./http/claims.ts";
import { preflightResponse } from "./http/cors.ts";
import { presentResult } from "./http/present-run.ts";

export interface AppOptions {
  /** Ours, for what is answered to anybody. */
  readonly calls: ClientCalls;
  /** The calls as this caller may make them. */
  readonly callsFor: (caller: Caller) => ClientCalls;
  readonly authenticate: (credential: string, requestName: string | undefined) => Promise<Caller>;
  readonly env: Env;
  readonly environmentId: string;
  /** Host names under which the app is reached beside the loopback ones; `*` for any. */
  readonly hosts: readonly string[];
  /** Requests a second that one secret key may send for long. Default: 500; `false` or 0 for any number. */
  readonly rateLimit?: number | false;
  /** Whether `x-forwarded-for` is set by a proxy of ours, and says where requests come from. */
  readonly trustProxy?: boolean;
  /** Told of errors that are no answer to what was asked, before they are answered with 500. */
  readonly onProblem: (error: unknown) => void;
}

const RATE_LIMIT = 500;

/** What is known of a request beside itself. */
interface Surroundings {
  readonly Bindings: {
    readonly remote: string | undefined;
    /** Added to whatever is answered. */
    readonly headers: Map<string, string>;
  };
  readonly Variables: { caller: Caller; calls: ClientCalls };
}

type AppContext = Context<Surroundings>;

/** A payload as long as it may be, each of its characters escaped, and its options. */
const BODY_BYTES = LIMITS.valueCharacters * 2 + LIMITS.metadataCharacters;

/** @param remote - The address at the other end of the connection. */
export type App = (request: Request, remote?: string) => Promise<Response>;

/** The HTTP API as a function from request to response: whatever it is asked ends in `dispatch`. */
export function createApp(options: AppOptions): App {
  const app = new Hono<Surroundings>();
  const admit = createAdmission({ rateLimit: RATE_LIMIT, ...options });
  app.get("/healthz", (context) => context.json({ ok: true }));
  app.get("/readyz", (context) => answerReady(context, options));
  answerPreflights(app, options);
  app.use(async (context, next) => {
    const { remote, headers } = context.env;
    const header = (name: string) => context.req.header(name);
    const network = networkOf(remote, options.trustProxy ? header("x-forwarded-for") : undefined);
    const caller = await admit({ header, network, tell: (name, text) => void headers.set(name, text) });
    context.set("caller", caller);
    context.set("calls", withShortWaits(options.callsFor(caller)));
    await next();
  });
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: () => refuseBody() }));
  app.post("/api/v1/auth/jwt/claims", (context) =>
    context.json(answerClaims(context.get("caller"), options.environmentId)),
  );
  for (const name of Object.keys(ROUTES) as (keyof ClientCalls)[]) {
    const { method, path } = ROUTES[name];
    app.on(method, path, (context) => answer(name, context, options));
  }
  app.get("/api/v1/runs/:runId/result", answerResult);
  app.get("/api/v1/runs/:runId/metadata", async (context) => {
    const { metadata = "{}" } = await context.get("calls").retrieve({ runId: context.req.param("runId") });
    return context.json({ metadata: JSON.parse(metadata) as object });
  });
  app.notFound(({ req: { method, path } }) => errorResponse(perdureError("ROUTE_UNKNOWN", { method, path })));
  app.onError((error) => {
    if (isPerdureError(error)) return errorResponse(error);
    options.onProblem(error);
    return errorResponse(perdureError("INTERNAL", { problem: error.message }, { cause: error }));
  });
  return async (request, remote) => {
    const headers = new Map<string, string>();
    const response = await app.fetch(request, { remote, headers });
    for (const [name, text] of headers) response.headers.set(name, text);
    return response;
  };
}

/** Asked by browsers before a page's request, without the token that it will show. */
function answerPreflights(app: Hono<Surroundings>, { hosts }: AppOptions): void {
  const paths = new Map<string, string[]>();
  for (const name of Object.keys(ROUTES) as (keyof ClientCalls)[]) {
    const { method, path } = ROUTES[name];
    if (isForTokens(name)) paths.set(path, [...(paths.get(path) ?? []), method]);
  }
  for (const path of OTHER_PATHS_FOR_TOKENS) paths.set(path, ["GET"]);
  for (const [path, methods] of paths) {
    app.options(path, ({ req }) => {
      checkHost(req.header("host") ?? "", hosts);
      return preflightResponse(methods);
    });
  }
}

const OTHER_PATHS_FOR_TOKENS = ["/api/v1/runs/:runId/result", "/api/v1/runs/:runId/metadata"];

/** In our own language the call's input and answer, in the other what `http/` makes of them. */
async function answer(name: keyof ClientCalls, context: AppContext, options: AppOptions): Promise<Response> {
  const { req } = context;
  const [caller, calls] = [context.get("caller"), context.get("calls")];
  const body = req.method === "GET" ? undefined : await readBody(context);
  if (!speaksOurs(context)) {
    const asked = { params: req.param(), query: new URL(req.url).searchParams, body };
    const { publicAccessToken, ...answered } = (await ANSWERS[name]({ ...options, calls }, asked)) as TokenAnswer;
    const response = context.json(answered);
    // With these its SDK signs a token for the run by itself, unless it asks with a token.
    response.headers.set("x-trigger-jwt-claims", JSON.stringify(claimsOf(caller, options.environmentId)));
    if (caller.kind === "token" && publicAccessToken !== undefined)
      response.headers.set("x-trigger-jwt", publicAccessToken);
    return response;
  }
  const input = body ?? parseJson(req.query("input") ?? "", context);
  const call = calls[name] as (input: unknown) => Promise<unknown>;
  return new Response(JSON.stringify(await call(input)), { headers: { "content-type": OWN_MEDIA_TYPE } });
}

interface TokenAnswer {
  readonly publicAccessToken?: string;
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
async function answerResult(context: AppContext): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  const result = presentResult(await context.get("calls").retrieve({ runId }));
  return result === undefined ? context.json({ error: `Run ${runId} is not finished.` }, 404) : context.json(result);
}

async function answerReady(context: Context, { calls, onProblem }: AppOptions): Promise<Response> {
  try {
    await calls.list({ limit: 1 });
    return context.json({ ready: true });
  } catch (error) {
    onProblem(error);
    const reason = isPerdureError(error) ? `${error.code}: ${error.sentence}` : "The database cannot be read.";
    return context.json({ ready: false, reasons: [reason] }, 503);
  }
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
