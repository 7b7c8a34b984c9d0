/**
 * OpenAI's API as far as applications need it: chat completions and responses, each whole and as a stream, with tool calls; embeddings; a
 * list of models; errors in OpenAI's form. What the model says is a script.
 */
import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type ModelScript, type Refusal, retryHeaders } from "./model-script.ts";
import { type ChatRequest, chatCompletion, chatEvents, readChat } from "./openai-chat.ts";
import { type ResponsesRequest, readResponses, responseEvents, wholeResponse } from "./openai-responses.ts";
import {
  idOf,
  type ScriptedServer,
  type SeenRequest,
  type ServerSentEvent,
  sendEvents,
  sendJson,
  startScriptedServer,
} from "./scripted-server.ts";

export interface OpenAiServerOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Before the model says anything. Default: 0. */
  readonly delayMs?: number;
  /** Between two events of a stream. Default: 0, a turn of the event loop. */
  readonly pauseMs?: number;
  /** Called before each event of a stream leaves, with how many left before it. */
  readonly onEvent?: (request: SeenRequest, before: number) => void;
}

/**
 * @returns The server; clients take `${server.url}/v1` as their base URL, with any key.
 * @example
 * const server = await startOpenAiServer(inTurns({ calls: [{ name: "weather", arguments: { city: "Oslo" } }] }, { text: "It rains." }));
 * const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "any" });
 */
export function startOpenAiServer(script: ModelScript, options: OpenAiServerOptions = {}): Promise<ScriptedServer> {
  const { port, delayMs = 0, pauseMs = 0, onEvent = () => undefined } = options;
  const times = new Map<string, number>();

  return startScriptedServer(async (request, response) => {
    const { method, path, headers } = request;
    if (!headers.authorization?.startsWith("Bearer ")) return refuse(request, response, MISSING_KEY);
    if (method === "GET" && path === "/v1/models") return sendJson(response, 200, MODELS);
    if (method !== "POST") return refuse(request, response, unknownUrl(request));
    const id = idOf("", request.body.toString("utf8"));
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    if (path === "/v1/embeddings") return sendJson(response, 200, embeddings(jsonOf(request)), headersOf(request));
    if (path === "/v1/chat/completions") return chat(request, response, before);
    if (path === "/v1/responses") return responses(request, response, before);
    return refuse(request, response, unknownUrl(request));
  }, port);

  async function chat(request: SeenRequest, response: ServerResponse, before: number): Promise<void> {
    const asked = jsonOf<ChatRequest>(request);
    const reply = script({ ...readChat(asked), before });
    await pause(delayMs);
    if ("refusal" in reply) return refuse(request, response, reply.refusal);
    if (asked.stream === true) return stream(request, response, chatEvents(asked, reply));
    sendJson(response, 200, chatCompletion(asked, reply), headersOf(request));
  }

  async function responses(request: SeenRequest, response: ServerResponse, before: number): Promise<void> {
    const asked = jsonOf<ResponsesRequest>(request);
    const reply = script({ ...readResponses(asked), before });
    await pause(delayMs);
    if ("refusal" in reply) return refuse(request, response, reply.refusal);
    if (asked.stream === true) return stream(request, response, responseEvents(asked, reply));
    sendJson(response, 200, wholeResponse(asked, reply), headersOf(request));
  }

  function stream(request: SeenRequest, response: ServerResponse, events: Iterable<ServerSentEvent>): Promise<void> {
    return sendEvents(response, told(request, events), pauseMs, headersOf(request));
  }

  function* told(request: SeenRequest, events: Iterable<ServerSentEvent>): Generator<ServerSentEvent> {
    let before = 0;
    for (const event of events) {
      onEvent(request, before++);
      yield event;
    }
  }
}

const MISSING_KEY: Refusal = {
  status: 401,
  type: "invalid_request_error",
  message: "You didn't provide an API key.",
};

const MODELS = {
  object: "list",
  data: ["gpt-5", "gpt-5-mini"].map((id) => ({ id, object: "model", created: 1_754_425_777, owned_by: "system" })),
};

function unknownUrl({ method, path }: SeenRequest): Refusal {
  return { status: 404, type: "invalid_request_error", message: `Invalid URL (${method} ${path})` };
}

function refuse(request: SeenRequest, response: ServerResponse, refusal: Refusal): void {
  const { status, type, message } = refusal;
  const headers = { ...headersOf(request), ...retryHeaders(refusal) };
  sendJson(response, status, { error: { message, type, param: null, code: null } }, headers);
}

/** Three numbers for each text, which are the nearer the more letters two texts have in common. */
function embeddings({ model, input, encoding_format: format }: EmbeddingRequest) {
  const texts = typeof input === "string" ? [input] : input;
  const tokens = texts.join("").length;
  const data = texts.map((text, index) => ({ object: "embedding", index, embedding: encoded(vectorOf(text), format) }));
  return { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

interface EmbeddingRequest {
  readonly model: string;
  readonly input: string | readonly string[];
  readonly encoding_format?: "float" | "base64";
}

function vectorOf(text: string): number[] {
  const sums = [0, 0, 0];
  for (const letter of text.toLowerCase()) {
    const code = letter.codePointAt(0) ?? 0;
    sums[code % 3] = (sums[code % 3] ?? 0) + 1;
  }
  const length = Math.hypot(...sums) || 1;
  return sums.map((sum) => sum / length);
}

function encoded(vector: number[], format: EmbeddingRequest["encoding_format"]): number[] | string {
  return format === "base64" ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
}

function jsonOf<Content>({ body }: SeenRequest): Content {
  return JSON.parse(body.toString("utf8")) as Content;
}

/** What an answer names its request in the header `x-request-id`: the same for the same content. */
export function requestIdOf({ body, path }: SeenRequest): string {
  return idOf("req_", path, body.toString("utf8"));
}

function headersOf(request: SeenRequest): Record<string, string> {
  return { "x-request-id": requestIdOf(request), "openai-version": "2020-10-01" };
}
