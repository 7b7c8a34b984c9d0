/** A server of this machine that plays one of the world's, and remembers what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface CountingServer {
  readonly url: string;
  /** How often each was asked for: `GET /tides`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Resolves when this, `GET /tides`, has been asked for so often, and before it is answered then. Default: once. */
  untilAsked(what: string, times?: number): Promise<void>;
  stop(): void;
}

/** `answer` is called for each request, in the order in which they come. */
export async function startCountingServer(answer: (asked: Asked) => Answer | Promise<Answer>): Promise<CountingServer> {
  const counts: Record<string, number> = {};
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const { method = "GET", url: path = "/", headers } = request;
    const what = `${method} ${path}`;
    counts[what] = (counts[what] ?? 0) + 1;
    for (const look of waiting) look();
    const { status = 200, headers: more = {}, body: text } = await answer({ method, path, headers, body });
    response.writeHead(status, more).end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    untilAsked: (what, times = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if ((counts[what] ?? 0) < times) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
