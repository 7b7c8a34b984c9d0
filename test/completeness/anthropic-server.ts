/** Anthropic's API as far as applications need it: messages, whole and as a stream, with tool calls; errors in Anthropic's form. */
import type { ServerResponse } from "node:http";
import {
  type Conversation,
  type ModelScript,
  piecesOf,
  type Refusal,
  type Reply,
  retryHeaders,
  tokensOf,
} from "../../examples/servers/model-script.ts";
import {
  idOf,
  type ScriptedServer,
  type ServerSentEvent,
  sendEvents,
  sendJson,
  startScriptedServer,
} from "../../examples/servers/scripted-server.ts";

type Content = string | readonly ContentBlock[];

interface ContentBlock {
  readonly type: string;
  readonly text?: string;
  /** Of a `tool_result`. */
  readonly content?: Content;
}

interface MessageRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly system?: Content;
  readonly messages: readonly { readonly role: "user" | "assistant"; readonly content: Content }[];
  readonly tools?: readonly { readonly name: string }[];
  readonly stream?: boolean;
}

type Said = Exclude<Reply, { refusal: unknown }>;

/** @returns The server; clients take its `url` as their base URL, with any key. */
export function startAnthropicServer(script: ModelScript, { pauseMs = 0 } = {}): Promise<ScriptedServer> {
  const times = new Map<string, number>();
  return startScriptedServer(async (request, response) => {
    const { method, path, headers, body } = request;
    if (headers["x-api-key"] === undefined && headers.authorization === undefined)
      return refuse(response, { status: 401, type: "authentication_error", message: "x-api-key header is required" });
    if (method !== "POST" || path !== "/v1/messages")
      return refuse(response, { status: 404, type: "not_found_error", message: "Not Found" });
    const text = body.toString("utf8");
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    const asked = JSON.parse(text) as MessageRequest;
    const reply = script({ ...readMessages(asked), before });
    if ("refusal" in reply) return refuse(response, reply.refusal);
    const requestId = { "request-id": idOf("req_", text) };
    if (asked.stream === true) return sendEvents(response, messageEvents(asked, reply), pauseMs, requestId);
    sendJson(response, 200, wholeMessage(asked, reply), requestId);
  });
}

function readMessages({ model, system = "", messages, tools = [] }: MessageRequest): Omit<Conversation, "before"> {
  const lastAnswer = messages.findLastIndex(({ role }) => role === "assistant");
  const results = messages
    .slice(lastAnswer + 1)
    .flatMap(({ content }) => blocksOf(content).filter(({ type }) => type === "tool_result"));
  return {
    model,
    instructions: textOf(system),
    prompt: textOf(messages.findLast(({ role, content }) => role === "user" && textOf(content) !== "")?.content ?? ""),
    turn: messages.filter(({ role }) => role === "assistant").length,
    toolResults: results.map(({ content = "" }) => textOf(content)),
    tools: tools.map(({ name }) => name),
  };
}

function wholeMessage(request: MessageRequest, reply: Said) {
  return {
    ...headOf(request),
    content: blocksFor(request, reply),
    stop_reason: "calls" in reply ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: usageOf(request, reply),
  };
}

function* messageEvents(request: MessageRequest, reply: Said): Generator<ServerSentEvent> {
  const { content, stop_reason, stop_sequence, usage } = wholeMessage(request, reply);
  const event = (type: string, more: object = {}): ServerSentEvent => ({
    event: type,
    data: JSON.stringify({ type, ...more }),
  });
  const message = {
    ...headOf(request),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  yield event("message_start", { message });
  yield event("ping");
  for (const [index, block] of content.entries()) {
    if (block.type === "text") {
      yield event("content_block_start", { index, content_block: { ...block, text: "" } });
      for (const text of piecesOf(block.text))
        yield event("content_block_delta", { index, delta: { type: "text_delta", text } });
    } else {
      yield event("content_block_start", { index, content_block: { ...block, input: {} } });
      for (const partial_json of JSON.stringify(block.input).match(/.{1,8}/gs) ?? [])
        yield event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json } });
    }
    yield event("content_block_stop", { index });
  }
  yield event("message_delta", {
    delta: { stop_reason, stop_sequence },
    usage: { output_tokens: usage.output_tokens },
  });
  yield event("message_stop");
}

function headOf({ model, messages }: MessageRequest) {
  return { id: idOf("msg_", messages), type: "message", role: "assistant", model };
}

function blocksFor({ messages }: MessageRequest, reply: Said) {
  const calls = "calls" in reply ? reply.calls : [];
  return [
    ...(reply.text === undefined ? [] : [{ type: "text" as const, text: reply.text }]),
    ...calls.map(({ name, arguments: input }, index) => ({
      type: "tool_use" as const,
      id: idOf("toolu_", messages, index),
      name,
      input,
    })),
  ];
}

function usageOf({ messages }: MessageRequest, reply: Said) {
  return {
    input_tokens: tokensOf(JSON.stringify(messages)),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: tokensOf(JSON.stringify(reply)),
    service_tier: "standard",
  };
}

function blocksOf(content: Content): readonly ContentBlock[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function textOf(content: Content): string {
  return blocksOf(content)
    .map(({ text = "" }) => text)
    .join("");
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  const { status, type, message } = refusal;
  sendJson(response, status, { type: "error", error: { type, message }, request_id: null }, retryHeaders(refusal));
}
