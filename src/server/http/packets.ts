/**
 * Values that are too long for a request. Whoever has a key asks for an address, good for some minutes and one method, and then
 * sends the value there or fetches it; what is uploaded is named in a trigger afterwards (`payloadType: "application/store"`).
 * Values go by as they are: nothing here parses one.
 */
import type { Hono } from "hono";
import type { Env } from "../../core/env.ts";
import { perdureError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { ClientCalls } from "../../protocol/index.ts";
import type { Packets } from "../node.ts";
import { PAGE_HEADERS } from "./cors.ts";
import { encodedParts } from "./encode-packet.ts";
import { checkSignature, signPath } from "./packet-links.ts";
import { drain } from "./read-body.ts";
import type { AppContext, Surroundings } from "./surroundings.ts";

export interface PacketDeps {
  /** Ours, for those who come with an address that we signed. */
  readonly calls: ClientCalls;
  readonly env: Env;
  readonly environmentId: string;
  readonly packets: Packets;
}

/** Of which values of a run there are addresses. */
const FIELDS = ["payload", "output"] as const;
type Field = (typeof FIELDS)[number];

/** No character takes more bytes. */
const UPLOAD_BYTES = LIMITS.valueCharacters * 3;
const ENCODED = { "content-type": "application/super+json" };

/** The addresses themselves: asked without a key, since their signature stands for it. So pages of any origin may fetch. */
export function addPacketLinks(app: Hono<Surroundings>, deps: PacketDeps): void {
  app.get("/packets/*", async ({ env: { headers } }, next) => {
    for (const [name, text] of Object.entries(PAGE_HEADERS)) headers.set(name, text);
    await next();
  });
  app.put("/packets/:packet", (context) => takePacket(context, deps));
  app.get("/packets/:packet", async (context) => {
    checkLink("GET", context, deps);
    return new Response(await deps.packets.read(context.req.param("packet")), { headers: ENCODED });
  });
  app.get("/packets/runs/:runId/:field", async (context) => {
    checkLink("GET", context, deps);
    const text = await readValue(context, deps.calls);
    return new Response(text, { headers: ENCODED });
  });
}

/** Where those who have a key ask for addresses; of the values of a run also those whose token may read it. */
export function addPacketRoutes(app: Hono<Surroundings>, deps: PacketDeps): void {
  app.put("/api/v2/packets/:name", (context) => {
    refuseTokens(context);
    const storagePath = deps.packets.create();
    return context.json({ presignedUrl: linkTo("PUT", `/packets/${storagePath}`, context, deps), storagePath });
  });
  app.get("/api/v1/packets/:name", async (context) => {
    refuseTokens(context);
    const packet = context.req.param("name");
    await deps.packets.read(packet);
    return context.json({ presignedUrl: linkTo("GET", `/packets/${packet}`, context, deps) });
  });
  app.get("/api/v1/runs/:runId/packets/:field", async (context) => {
    await readValue(context, context.get("calls"));
    const { runId, field } = context.req.param();
    return context.json({ presignedUrl: linkToValue(runId, field as Field, context, deps) });
  });
}

/** The address of a run's payload or output. */
export function linkToValue(runId: string, field: Field, context: AppContext, deps: PacketDeps): string {
  return linkTo("GET", `/packets/runs/${encodeURIComponent(runId)}/${field}`, context, deps);
}

/** @throws {PerdureError} `SCOPE_MISSING`. */
export function refuseTokens(context: AppContext): void {
  if (context.get("caller").kind === "token")
    throw perdureError("SCOPE_MISSING", { call: context.req.path, needed: "a secret key" });
}

async function takePacket(context: AppContext, deps: PacketDeps): Promise<Response> {
  checkLink("PUT", context, deps);
  const { req } = context;
  const length = Number(req.header("content-length") ?? 0);
  if (length > UPLOAD_BYTES) throw perdureError("BODY_TOO_LARGE", { limit: UPLOAD_BYTES });
  const reader = (req.raw.body ?? new Blob([]).stream()).getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const what = { method: req.method, path: req.path };
  try {
    const parts = encodedParts(reader, { type: req.header("content-type") ?? "", limit: UPLOAD_BYTES, what });
    await deps.packets.put(req.param("packet") ?? "", parts);
  } finally {
    await drain(reader, UPLOAD_BYTES);
  }
  return context.json({});
}

async function readValue({ req }: AppContext, calls: ClientCalls): Promise<string> {
  const { runId = "", field = "" } = req.param() as { runId?: string; field?: string };
  const run = (FIELDS as readonly string[]).includes(field) ? await calls.retrieve({ runId }) : undefined;
  const text = run?.[field as Field];
  if (text === undefined) throw perdureError("VALUE_MISSING", { runId, field });
  return text;
}

function checkLink(method: "GET" | "PUT", { req }: AppContext, deps: PacketDeps): void {
  checkSignature(method, req.path, new URL(req.url).searchParams, signingOf(deps));
}

/** The path is signed as it will be seen when it is asked. */
function linkTo(method: "GET" | "PUT", path: string, { req }: AppContext, deps: PacketDeps): string {
  const { origin } = new URL(req.url);
  // A proxy that takes TLS off says so; whoever else says it gets an address that does not work for him.
  const isSecure = req.header("x-forwarded-proto") === "https";
  return `${isSecure ? origin.replace(/^http:/, "https:") : origin}${signPath(method, path, signingOf(deps))}`;
}

function signingOf({ packets, environmentId, env }: PacketDeps) {
  return { key: packets.signingKey, environmentId, now: env.now() };
}
