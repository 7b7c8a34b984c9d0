/** The shapes of OpenAI's chat completions. */
import { type Conversation, piecesOf, type Reply, tokensOf } from "./model-script.ts";
import { idOf, type ServerSentEvent } from "./scripted-server.ts";

type Content = string | null | readonly { readonly type: string; readonly text?: string }[];

interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content?: Content;
  readonly tool_call_id?: string;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

type Said = Exclude<Reply, { refusal: unknown }>;

const CREATED = 1_760_000_000;

export function readChat({ model, messages, tools = [] }: ChatRequest): Omit<Conversation, "before"> {
  const lastAnswer = messages.findLastIndex(({ role }) => role === "assistant");
  return {
    model,
    instructions: textOf(messages.find(isInstruction)?.content),
    prompt: textOf(messages.findLast(({ role }) => role === "user")?.content),
    turn: messages.filter(({ role }) => role === "assistant").length,
    toolResults: messages
      .slice(lastAnswer + 1)
      .flatMap(({ role, content }) => (role === "tool" ? [textOf(content)] : [])),
    tools: tools.map((tool) => tool.function.name),
  };
}

export function chatCompletion(request: ChatRequest, reply: Said) {
  const calls = callsOf(request, reply);
  const message = {
    role: "assistant",
    content: reply.text ?? null,
    refusal: null,
    annotations: [],
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  return {
    ...headOf(request, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(reply) }],
    usage: usageOf(request, reply),
  };
}

export function* chatEvents(request: ChatRequest, reply: Said): Generator<ServerSentEvent> {
  const hasUsage = request.stream_options?.include_usage === true;
  const head = { ...headOf(request, "chat.completion.chunk"), ...(hasUsage ? { usage: null } : {}) };
  const chunk = (delta: object, finish: string | null = null) =>
    event({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
  yield chunk({ role: "assistant", content: reply.text === undefined ? null : "", refusal: null });
  for (const content of piecesOf(reply.text ?? "")) yield chunk({ content });
  for (const [index, { id, type, function: called }] of callsOf(request, reply).entries()) {
    yield chunk({ tool_calls: [{ index, id, type, function: { name: called.name, arguments: "" } }] });
    for (const piece of called.arguments.match(/.{1,8}/gs) ?? [])
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  yield chunk({}, finishOf(reply));
  if (hasUsage) yield event({ ...head, choices: [], usage: usageOf(request, reply) });
  yield { data: "[DONE]" };
}

function isInstruction({ role }: ChatMessage): boolean {
  return role === "system" || role === "developer";
}

function event(content: unknown): ServerSentEvent {
  return { data: JSON.stringify(content) };
}

function headOf({ model, messages }: ChatRequest, object: string) {
  const id = idOf("chatcmpl-", messages);
  return { id, object, created: CREATED, model, service_tier: "default", system_fingerprint: "fp_scripted" };
}

function callsOf({ messages }: ChatRequest, reply: Said) {
  const calls = "calls" in reply ? reply.calls : [];
  return calls.map(({ name, arguments: given }, index) => ({
    id: idOf("call_", messages, index),
    type: "function",
    function: { name, arguments: JSON.stringify(given) },
  }));
}

function finishOf(reply: Said): string {
  return "calls" in reply ? "tool_calls" : "stop";
}

function usageOf({ messages }: ChatRequest, reply: Said) {
  const [prompt, completion] = [tokensOf(JSON.stringify(messages)), tokensOf(JSON.stringify(reply))];
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function textOf(content: Content | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }) => text).join("");
}
