/**
 * What the servers of this folder have in common. Each stands in for one provider: it speaks the provider's real API over a real
 * socket, says what its script says, and keeps every request that it saw.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Requests of this method to this address that came before, with any body. */
  readonly before: number;
  /** Whether the whole answer has left. */
  readonly isAnswered: boolean;
}

export interface ScriptedServer {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** In the order in which they came. */
  readonly seen: readonly SeenRequest[];
  /** Ends with its connections, also those under way. */
  stop(): Promise<void>;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** @param port - Default: one that is free. */
export async function startScriptedServer(answer: Answer, port = 0): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const times = new Map<string, number>();
  const server = createServer((request, response) => {
    hear(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const { method = "GET", url = "/", headers } = request;
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const name = `${method} ${url}`;
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    const one: SeenRequest = {
      method,
      path: pathname,
      query: searchParams,
      headers,
      body,
      before,
      get isAnswered() {
        return response.writableFinished;
      },
    };
    seen.push(one);
    await answer(one, response);
  }
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  content: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(content);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { "content-type": "application/json", "content-length": length, ...headers }).end(text);
}

/** One event of a stream of server-sent events. */
export interface ServerSentEvent {
  readonly event?: string;
  readonly data: string;
}

/** Event by event, so that a client sees each for itself. @param pauseMs - Between two events; with 0 a turn of the event loop. */
export async function sendEvents(
  response: ServerResponse,
  events: Iterable<ServerSentEvent>,
  pauseMs: number,
  headers: Record<string, string> = {},
): Promise<void> {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...headers,
  });
  for (const { event, data } of events) {
    if (response.destroyed) return;
    response.write(`${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`);
    await new Promise<void>((resolve) => {
      if (pauseMs > 0) setTimeout(resolve, pauseMs);
      else setImmediate(resolve);
    });
  }
  response.end();
}

/** The same for the same content, so that an answer does not change when it is asked for again. */
export function idOf(prefix: string, ...content: readonly unknown[]): string {
  return `${prefix}${createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 24)}`;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
