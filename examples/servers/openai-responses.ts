/** The shapes of OpenAI's responses, the API that came after chat completions. */
import { type Conversation, piecesOf, type Reply, tokensOf } from "./model-script.ts";
import { idOf, type ServerSentEvent } from "./scripted-server.ts";

type Content = string | readonly { readonly type: string; readonly text?: string }[];

interface InputItem {
  /** Messages may leave it out. */
  readonly type?: "message" | "function_call" | "function_call_output" | "item_reference" | "reasoning";
  readonly role?: "system" | "developer" | "user" | "assistant";
  readonly content?: Content;
  readonly output?: Content;
}

export interface ResponsesRequest {
  readonly model: string;
  readonly input: string | readonly InputItem[];
  readonly instructions?: string;
  readonly tools?: readonly { readonly type: string; readonly name?: string }[];
  readonly stream?: boolean;
  readonly store?: boolean;
}

type Said = Exclude<Reply, { refusal: unknown }>;

const CREATED = 1_760_000_000;

export function readResponses({
  model,
  input,
  instructions,
  tools = [],
}: ResponsesRequest): Omit<Conversation, "before"> {
  const items: readonly InputItem[] = typeof input === "string" ? [{ role: "user", content: input }] : input;
  const lastAnswer = items.findLastIndex(isOfModel);
  return {
    model,
    instructions: instructions ?? textOf(items.find(isInstruction)?.content),
    prompt: textOf(items.findLast(({ role }) => role === "user")?.content),
    // What the model says at once may be several items.
    turn: items.filter((item, i) => isOfModel(item) && !isOfModel(items[i - 1])).length,
    toolResults: items
      .slice(lastAnswer + 1)
      .flatMap(({ type, output }) => (type === "function_call_output" ? [textOf(output)] : [])),
    tools: tools.flatMap(({ name }) => name ?? []),
  };
}

export function wholeResponse(request: ResponsesRequest, reply: Said) {
  return { ...headOf(request, "completed"), output: itemsOf(request, reply), usage: usageOf(request, reply) };
}

export function* responseEvents(request: ResponsesRequest, reply: Said): Generator<ServerSentEvent> {
  let number = 0;
  const event = (type: string, content: object): ServerSentEvent => ({
    event: type,
    data: JSON.stringify({ type, sequence_number: number++, ...content }),
  });
  const begun = { ...headOf(request, "in_progress"), output: [], usage: null };
  yield event("response.created", { response: begun });
  yield event("response.in_progress", { response: begun });
  for (const [index, item] of itemsOf(request, reply).entries()) {
    const place = { output_index: index };
    const part = { item_id: item.id, ...place };
    if (item.type === "message") {
      const [content] = item.content;
      const inPart = { ...part, content_index: 0 };
      yield event("response.output_item.added", { ...place, item: { ...item, status: "in_progress", content: [] } });
      yield event("response.content_part.added", { ...inPart, part: { ...content, text: "" } });
      for (const delta of piecesOf(content.text))
        yield event("response.output_text.delta", { ...inPart, delta, logprobs: [] });
      yield event("response.output_text.done", { ...inPart, text: content.text, logprobs: [] });
      yield event("response.content_part.done", { ...inPart, part: content });
    } else {
      yield event("response.output_item.added", { ...place, item: { ...item, status: "in_progress", arguments: "" } });
      for (const delta of item.arguments.match(/.{1,8}/gs) ?? [])
        yield event("response.function_call_arguments.delta", { ...part, delta });
      yield event("response.function_call_arguments.done", { ...part, name: item.name, arguments: item.arguments });
    }
    yield event("response.output_item.done", { ...place, item });
  }
  yield event("response.completed", { response: wholeResponse(request, reply) });
}

function headOf({ model, input, instructions = "", tools = [], store = true }: ResponsesRequest, status: string) {
  return {
    id: idOf("resp_", input),
    object: "response",
    created_at: CREATED,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: instructions === "" ? null : instructions,
    max_output_tokens: null,
    metadata: {},
    model,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store,
    temperature: 1,
    text: { format: { type: "text" }, verbosity: "medium" },
    tool_choice: "auto",
    tools,
    top_p: 1,
    truncation: "disabled",
    user: null,
  };
}

function itemsOf({ input }: ResponsesRequest, reply: Said) {
  const message = (text: string) => ({
    id: idOf("msg_", input),
    type: "message" as const,
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", annotations: [], logprobs: [], text }] as const,
  });
  const calls = ("calls" in reply ? reply.calls : []).map(({ name, arguments: given }, index) => ({
    id: idOf("fc_", input, index),
    type: "function_call" as const,
    status: "completed",
    call_id: idOf("call_", input, index),
    name,
    arguments: JSON.stringify(given),
  }));
  return [...(reply.text === undefined ? [] : [message(reply.text)]), ...calls];
}

function usageOf({ input }: ResponsesRequest, reply: Said) {
  const [given, made] = [tokensOf(JSON.stringify(input)), tokensOf(JSON.stringify(reply))];
  return {
    input_tokens: given,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: made,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: given + made,
  };
}

function isInstruction({ role }: InputItem): boolean {
  return role === "system" || role === "developer";
}

function isOfModel(item: InputItem | undefined): boolean {
  if (item === undefined) return false;
  return (
    item.role === "assistant" ||
    item.type === "function_call" ||
    item.type === "item_reference" ||
    item.type === "reasoning"
  );
}

function textOf(content: Content | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }) => text).join("");
}
