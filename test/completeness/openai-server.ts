/**
 * OpenAI's API as far as applications need it: chat completions and responses, each whole and as a stream, with tool calls; embeddings; a
 * list of models; errors in OpenAI's form. What the model says is a script.
 */
import type { ServerResponse } from "node:http";
import { type ModelScript, type Refusal, retryHeaders } from "./model-script.ts";
import { type ChatRequest, chatCompletion, chatEvents, readChat } from "./openai-chat.ts";
import { type ResponsesRequest, readResponses, responseEvents, wholeResponse } from "./openai-responses.ts";
import {
  idOf,
  type ScriptedServer,
  type SeenRequest,
  sendEvents,
  sendJson,
  startScriptedServer,
} from "./scripted-server.ts";

export interface OpenAiServerOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Between two events of a stream. Default: 0, a turn of the event loop. */
  readonly pauseMs?: number;
}

/**
 * @returns The server; clients take `${server.url}/v1` as their base URL, with any key.
 * @example
 * const server = await startOpenAiServer(inTurns({ calls: [{ name: "weather", arguments: { city: "Oslo" } }] }, { text: "It rains." }));
 * const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "any" });
 */
export function startOpenAiServer(script: ModelScript, options: OpenAiServerOptions = {}): Promise<ScriptedServer> {
  const { port, pauseMs = 0 } = options;
  const times = new Map<string, number>();

  return startScriptedServer(async (request, response) => {
    const { method, path, headers } = request;
    if (!headers.authorization?.startsWith("Bearer ")) return refuse(request, response, MISSING_KEY);
    if (method === "GET" && path === "/v1/models") return sendJson(response, 200, MODELS);
    if (method !== "POST") return refuse(request, response, unknownUrl(request));
    const id = idOf("", request.body.toString("utf8"));
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    if (path === "/v1/embeddings") return sendJson(response, 200, embeddings(jsonOf(request)), requestIdOf(request));
    if (path === "/v1/chat/completions") return chat(request, response, before);
    if (path === "/v1/responses") return responses(request, response, before);
    return refuse(request, response, unknownUrl(request));
  }, port);

  async function chat(request: SeenRequest, response: ServerResponse, before: number): Promise<void> {
    const asked = jsonOf<ChatRequest>(request);
    const reply = script({ ...readChat(asked), before });
    if ("refusal" in reply) return refuse(request, response, reply.refusal);
    if (asked.stream === true) return sendEvents(response, chatEvents(asked, reply), pauseMs, requestIdOf(request));
    sendJson(response, 200, chatCompletion(asked, reply), requestIdOf(request));
  }

  async function responses(request: SeenRequest, response: ServerResponse, before: number): Promise<void> {
    const asked = jsonOf<ResponsesRequest>(request);
    const reply = script({ ...readResponses(asked), before });
    if ("refusal" in reply) return refuse(request, response, reply.refusal);
    if (asked.stream === true) return sendEvents(response, responseEvents(asked, reply), pauseMs, requestIdOf(request));
    sendJson(response, 200, wholeResponse(asked, reply), requestIdOf(request));
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
  const headers = { ...requestIdOf(request), ...retryHeaders(refusal) };
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

function requestIdOf({ body, path }: SeenRequest): Record<string, string> {
  return { "x-request-id": idOf("req_", path, body.toString("utf8")), "openai-version": "2020-10-01" };
}
