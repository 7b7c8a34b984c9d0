import { AsyncLocalStorage } from "node:async_hooks";
import type { ClientRequest, RequestOptions } from "node:http";
import type { Effects, Hearer, Sending } from "../effects/effects.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { FakeSocket, FakeTlsSocket, type Peer, type Wishes } from "./fake-socket.ts";
import { type Destination, type HttpCall, urlOf } from "./http-call.ts";
import { PassThrough } from "./pass-through.ts";
import { sendForReal, type WrittenRequest } from "./real-request.ts";
import { RequestReader, valuesOf } from "./request-bytes.ts";
import { CONTINUE } from "./response-bytes.ts";
import { routeTo } from "./route.ts";

/** Longer bodies are not held in memory, and thus not recorded. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Makes a request by Node's own `ClientRequest`, whose connection leads to the journal: what it writes becomes an exchange,
 * and what the exchange hears is written back to it. Nothing leaves before the request is complete, also not its head.
 *
 * @throws What Node throws for such a call.
 */
export function makeRecordedRequest(call: HttpCall, effects: Effects): ClientRequest {
  const conversation = new Conversation(call, effects);
  const route = routeTo((options) => conversation.openConnection(options), call);
  const request = call.make({ ...call.options, ...route }, call.listener);
  conversation.begin(request);
  return request;
}

/** One request of the code, and what is said over its connection. */
class Conversation implements Peer {
  readonly #call: HttpCall;
  readonly #effects: Effects;
  readonly #reader = new RequestReader();
  readonly #inContext = AsyncLocalStorage.snapshot();
  #destination: Destination | undefined;
  #connection: FakeSocket | undefined;
  #line: Line | undefined;
  #sending: Sending | undefined;
  #passing: PassThrough | undefined;
  /** The client has no room for more of the answer. */
  #isFull = false;
  #isClosed = false;

  constructor(call: HttpCall, effects: Effects) {
    this.#call = call;
    this.#effects = effects;
  }

  get #stack(): string {
    return this.#call.calledAt.stack ?? "";
  }

  openConnection(options: RequestOptions): FakeSocket {
    const { host, port, socketPath, timeout, protocol } = options;
    const usual = this.#call.usualAgent as { protocol?: string };
    const isSecure = (protocol ?? usual.protocol) === "https:";
    this.#destination = { host: host ?? "localhost", port: port ?? (isSecure ? 443 : 80), socketPath };
    const shown = socketPath ? undefined : this.#destination.host;
    const wishes: Wishes = { ...options, timeout, host: shown, port: this.#destination.port };
    this.#connection = isSecure ? new FakeTlsSocket(this, wishes) : new FakeSocket(this, wishes);
    return this.#connection;
  }

  /** @throws What the journal throws for what cannot be recorded. */
  begin(request: ClientRequest): void {
    const socket = this.#connection;
    const destination = this.#destination;
    if (socket === undefined || destination === undefined) {
      // There are runtimes whose requests make a connection of their own, whatever they are handed.
      const kind = "a request over a connection of this runtime";
      this.#effects.unrecorded({ kind, what: `${kind}, ${request.method} ${request.host}`, stack: this.#stack });
      return;
    }
    this.#line = { request, socket, destination, answer: new AnswerWriter(socket, request.method) };
    // After all who listen for it, since a recorded response may come at once.
    request.once("finish", () => process.nextTick(() => this.#complete()));
    // After the tick in which the request is given its connection.
    process.nextTick(() => socket.connect());
  }

  written(bytes: Buffer, done: (error?: Error | null) => void): void {
    const line = this.#line;
    if (line === undefined) return;
    const hadHead = this.#reader.head !== undefined;
    this.#reader.read(bytes);
    if (!hadHead) this.#readHead(line);
    if (this.#reader.length > MAX_BODY_BYTES) this.#passThrough(line, "a request body of more than 64 MB");
    if (this.#passing === undefined) done();
    else this.#passing.written(this.#reader.takeBody(), done);
  }

  ended(): void {
    this.#passing?.ended();
  }

  wanted(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#sending?.resume();
    this.#passing?.wanted();
  }

  closed(error: Error | null): void {
    this.#isClosed = true;
    if (this.#line?.answer.isOver) return;
    this.#sending?.abort(error ?? undefined);
    this.#passing?.closed();
  }

  #readHead(line: Line): void {
    const head = this.#reader.head;
    if (head === undefined) return;
    if (valuesOf(head.headers, "upgrade").length > 0) this.#passThrough(line, "a change of protocol");
    // The server is not asked before the request is complete, and what it thinks of it then is the response.
    else if (valuesOf(head.headers, "expect").some((value) => /100-continue/i.test(value))) {
      process.nextTick(() => line.socket.receive(CONTINUE));
    }
  }

  #complete(): void {
    const line = this.#line;
    const head = this.#reader.head;
    if (line === undefined || head === undefined) return;
    const { request, socket, answer } = line;
    const { trailers } = this.#reader;
    if (this.#passing !== undefined) {
      this.#passing.finished(trailers);
      return;
    }
    socket.restartIdle();
    const body = this.#reader.takeBody();
    const written: WrittenRequest = { call: this.#call, request, head };
    this.#inCode(line, () => {
      const sending = this.#effects.request({
        request: {
          method: request.method,
          url: urlOf(request, line.destination),
          headers: head.headers,
          body: body.length === 0 ? undefined : body,
        },
        send: (hearer) => sendForReal(written, body, trailers, hearer),
        hearer: this.#hearer(line),
      });
      this.#sending = sending;
      if (this.#isClosed && !answer.isOver) sending.abort();
    });
  }

  /** @param what - What it is that cannot be recorded. */
  #passThrough(line: Line, what: string): void {
    const head = this.#reader.head;
    if (head === undefined || this.#passing !== undefined) return;
    const { request, socket, destination } = line;
    // Paths and queries may hold secrets.
    const { host } = new URL(urlOf(request, destination));
    this.#inCode(line, () => {
      this.#effects.unrecorded({ kind: what, what: `${what}, ${request.method} ${host}`, stack: this.#stack });
      const written: WrittenRequest = { call: this.#call, request, head };
      this.#passing = new PassThrough(written, socket, this.#hearer(line), (action) => this.#inContext(action));
    });
  }

  /** In the context of the call. What the journal or Node refuse is an error of the connection. */
  #inCode({ socket }: Line, action: () => void): void {
    this.#inContext(() => {
      try {
        action();
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
  }

  /** Writes the answer in the context of the call. */
  #hearer({ answer }: Line): Hearer {
    const tell = (action: () => void) => this.#inContext(() => this.#tell(answer, action));
    return {
      head: (head) => tell(() => answer.head(head)),
      chunk: (bytes) => {
        tell(() => {
          if (!answer.chunk(bytes)) this.#isFull = true;
        });
        return !this.#isFull;
      },
      end: () => tell(() => answer.end()),
      fail: (error) => tell(() => answer.fail(error)),
    };
  }

  /**
   * What a listener of the code throws is the code's, as with a real connection, and none of who made it hear. Node's parser
   * is of no use after it.
   */
  #tell(answer: AnswerWriter, action: () => void): void {
    try {
      action();
    } catch (error) {
      answer.stop();
      this.#sending?.abort(error);
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

interface Line {
  readonly request: ClientRequest;
  readonly socket: FakeSocket;
  readonly destination: Destination;
  readonly answer: AnswerWriter;
}
