import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { createLineReader, createLineWriter } from "./pipe-lines.ts";
import { receivedError, type SentError, sentError } from "./sent-error.ts";

/** What a pipe needs of a socket. One that decodes keeps a character whole that two chunks share. */
export interface Duplex {
  setEncoding(encoding: "utf8"): unknown;
  write(text: string): unknown;
  on(event: "data", listener: (text: string) => void): unknown;
  on(event: "close" | "error", listener: () => void): unknown;
  destroy(): unknown;
}

export interface PipeOptions {
  readonly env: Pick<Env, "turn">;
  readonly duplex: Duplex;
  /** Answers what the other side asks; what it throws reaches the one who asked. */
  readonly answer: (call: string, input: unknown) => Promise<unknown>;
  /** Takes what the other side says without asking. */
  readonly onNews: (name: string, content: unknown) => void;
  /** Called once; with a problem when the other side said what is no message, and was cut off. */
  readonly onClosed: (problem?: Error) => void;
}

/** One end of a conversation between two processes of ours: both ask, answer and tell. Order is kept in each direction. */
export interface Pipe {
  /** @throws {PerdureError} What the other side threw, or `PIPE_CLOSED`: then nobody knows what became of the call. */
  ask(call: string, input: unknown): Promise<unknown>;
  tell(name: string, content: unknown): void;
  /** Writes what was said in this turn so far: for a process that will not see the turn's end. */
  flush(): void;
  /** Tells it before this returns, as far as the operating system takes it: whoever says it may not live to see the end of the turn. */
  tellNow(name: string, content: unknown): void;
  close(): void;
}

type Message =
  | { readonly id: number; readonly call: string; readonly input?: unknown }
  | { readonly id: number; readonly ok?: unknown }
  | { readonly id: number; readonly error: SentError }
  | { readonly news: string; readonly content?: unknown };

interface Open {
  readonly call: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Speaks JSON, a line to a message, over `duplex`. */
export function createPipe({ env, duplex, answer, onNews, onClosed }: PipeOptions): Pipe {
  const open = new Map<number, Open>();
  const reader = createLineReader();
  const writer = createLineWriter((text) => isClosed || duplex.write(text), env);
  let lastId = 0;
  let isClosed = false;

  duplex.setEncoding("utf8");
  duplex.on("data", receive);
  duplex.on("close", () => end());
  // Its `close` follows; a socket whose error nobody hears would end the process.
  duplex.on("error", () => undefined);
  return {
    ask,
    tell: (news, content) => post({ news, content }),
    tellNow(news, content) {
      post({ news, content });
      writer.flush();
    },
    flush: writer.flush,
    close: () => end(),
  };

  function ask(call: string, input: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (isClosed) return reject(perdureError("PIPE_CLOSED", { call }));
      const id = ++lastId;
      post({ id, call, input });
      open.set(id, { call, resolve, reject });
    });
  }

  function post(message: Message): void {
    if (!isClosed) writer.write(JSON.stringify(message));
  }

  function receive(chunk: string): void {
    for (const line of reader.read(chunk)) {
      if (isClosed) return;
      const message = messageOf(line);
      if (message === undefined) end(perdureError("PIPE_BROKEN", { line: line.slice(0, SHOWN_CHARACTERS) }));
      else take(message);
    }
  }

  function take(message: Message): void {
    if ("news" in message) onNews(message.news, message.content);
    else if ("call" in message) void reply(message.id, message.call, message.input);
    else settle(message);
  }

  function settle(message: Extract<Message, { readonly ok?: unknown } | { readonly error: SentError }>): void {
    const asked = open.get(message.id);
    // An answer to nothing that is open is one that came twice, and does no harm.
    if (asked === undefined || !open.delete(message.id)) return;
    if ("error" in message) asked.reject(receivedError(message.error));
    else asked.resolve(message.ok);
  }

  async function reply(id: number, call: string, input: unknown): Promise<void> {
    try {
      post({ id, ok: await answer(call, input) });
    } catch (error) {
      // What cannot be written as JSON ends here too, so that whoever asked does not wait for ever.
      post({ id, error: sentError(error) });
    }
  }

  function end(problem?: Error): void {
    if (isClosed) return;
    isClosed = true;
    duplex.destroy();
    for (const { call, reject } of open.values()) reject(perdureError("PIPE_CLOSED", { call }, { cause: problem }));
    open.clear();
    onClosed(problem);
  }
}

/** Of a line that is no message, in the error that says so. */
const SHOWN_CHARACTERS = 80;

function messageOf(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(given: unknown): given is Message {
  if (typeof given !== "object" || given === null) return false;
  const { id, news, call, error } = given as Record<string, unknown>;
  if (id === undefined) return typeof news === "string";
  const isCall = call === undefined || typeof call === "string";
  return typeof id === "number" && isCall && (error === undefined || (typeof error === "object" && error !== null));
}
