/** A server with answers of every form, which remembers what it was asked. */
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from "./localhost-certificate.ts";

export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly rawTrailers: readonly string[];
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Everything that arrived, in its order. */
  readonly seen: SeenRequest[];
  /** Ports of the clients' connections, in the order of the requests. */
  readonly clientPorts: number[];
  readonly server: http.Server | https.Server;
  close(): Promise<void>;
}

export async function startHttpServer(path?: string): Promise<TestServer> {
  const server = http.createServer();
  return start(server, "http", path);
}

export async function startHttpsServer(): Promise<TestServer> {
  const server = https.createServer({ key: LOCALHOST_KEY, cert: LOCALHOST_CERTIFICATE });
  return start(server, "https");
}

async function start(server: http.Server | https.Server, scheme: string, path?: string): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const clientPorts: number[] = [];
  const answer: RequestListener = (request, response) => {
    clientPorts.push(request.socket.remotePort ?? 0);
    void read(request).then((body) => {
      const { method, url, rawHeaders, rawTrailers } = request;
      seen.push({ method, url, rawHeaders, body, rawTrailers });
      response.sendDate = false;
      const before = seen.filter((other) => other.url === url).length;
      return (ANSWERS[url?.split("?")[0] ?? ""] ?? notFound)(response, { body, request, before });
    });
  };
  server.on("request", answer);
  server.on("checkContinue", (request, response) => {
    response.writeContinue();
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
  const port = path === undefined ? (server.address() as AddressInfo).port : 0;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    seen,
    clientPorts,
    server,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A request that is cut off has the body that came until then. */
async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {}
  return Buffer.concat(chunks).toString("latin1");
}

interface Asked {
  readonly body: string;
  readonly request: IncomingMessage;
  /** How often the same was asked, this time included. */
  readonly before: number;
}

type Answer = (response: ServerResponse, asked: Asked) => void | Promise<void>;

const notFound: Answer = (response) => void response.writeHead(404).end("nothing here");

export const MEGABYTE = Buffer.alloc(1_000_000, "0123456789abcdef");

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/json": (response) => json(response, { it: "works", snow: "☃" }),
  "/echo": (response, { body, request }) => json(response, { method: request.method, body }),
  "/headers": (response) => {
    response.writeHead(201, "Made it", [
      ...["X-Twice", "one", "x-twice", "two", "Set-Cookie", "a=1", "Set-Cookie", "b=2"],
      ...["X-Latin", "caf\u00e9", "X-Empty", "", "Content-Length", "2"],
    ]);
    response.end("ok");
  },
  "/drip": async (response) => {
    response.writeHead(200);
    for (const part of ["one ", "two ", "three"]) {
      response.write(part);
      await sleep(15);
    }
    response.end();
  },
  "/gzip": (response) => {
    response.writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" });
    response.end(gzipSync(JSON.stringify({ packed: true })));
  },
  "/redirect": (response) => void response.writeHead(302, { location: "/json" }).end("elsewhere"),
  "/redirect-post": (response) => void response.writeHead(307, { location: "/echo" }).end(),
  "/flaky": (response, { before }) => {
    // Each run of a scenario asks twice.
    if (before % 2 === 1) response.writeHead(503, { "retry-after": "0" }).end("not now");
    else json(response, { after: "a retry" });
  },
  "/never": () => {},
  "/stall": (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("begun");
  },
  "/hang-up": (response) => void response.destroy(),
  "/cut": (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("only this", () => response.destroy());
  },
  "/cut-chunked": (response) => {
    response.writeHead(200);
    response.write("only this", () => response.destroy());
  },
  "/reset": async (response, { request }) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("only this");
    await sleep(15);
    request.socket.resetAndDestroy();
  },
  "/nonsense": (response) => {
    response.socket?.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nXYZ\r\n");
  },
  "/empty": (response) => void response.writeHead(204).end(),
  "/unmodified": (response) => void response.writeHead(304, { etag: '"1"' }).end(),
  "/hints": (response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    json(response, { after: "hints" });
  },
  "/until-close": (response) => {
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { connection: "close" });
    response.end("to the end");
  },
  "/big": (response) => {
    response.writeHead(200, { "content-length": String(MEGABYTE.length) });
    response.end(MEGABYTE);
  },
};

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
