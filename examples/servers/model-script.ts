/** What a scripted language model says, whatever API it is asked by. */

export interface Conversation {
  readonly model: string;
  /** What the model is told to be, as text; empty where it is told nothing. */
  readonly instructions: string;
  /** What the user said last, as text. */
  readonly prompt: string;
  /** Answers of the model that the conversation holds already: 0 at its beginning. */
  readonly turn: number;
  /** What the tools gave that the model called in its last answer. */
  readonly toolResults: readonly string[];
  /** Names of the tools that the model may call. */
  readonly tools: readonly string[];
  /** How often this very request came before, so that a script can fail at first. */
  readonly before: number;
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** Of the error, as the provider would say it: `rate_limit_exceeded`, `overloaded_error`. */
  readonly type: string;
  /** When it may be asked again. */
  readonly retryAfterMs?: number;
}

/** As providers say it: in seconds, and exactly. */
export function retryHeaders({ retryAfterMs }: Refusal): Record<string, string> {
  if (retryAfterMs === undefined) return {};
  return { "retry-after": String(Math.ceil(retryAfterMs / 1_000)), "retry-after-ms": String(retryAfterMs) };
}

export type Reply =
  | { readonly text: string }
  | { readonly calls: readonly ToolCall[]; readonly text?: string }
  | { readonly refusal: Refusal };

/** Decides by the conversation alone, so that a request which is made again gets the same answer. */
export type ModelScript = (conversation: Conversation) => Reply;

/** Says these one after the other, by how many answers the conversation holds; the last one again and again. */
export function inTurns(...replies: readonly [Reply, ...Reply[]]): ModelScript {
  return ({ turn }) => replies[Math.min(turn, replies.length - 1)] as Reply;
}

/** A stream gives a text word by word, as models do. */
export function piecesOf(text: string): readonly string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
}

/** A rough count is enough for bills of nobody. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}
