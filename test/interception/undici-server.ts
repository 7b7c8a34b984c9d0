/**
 * A server that answers in all the ways in which a client has to be seen, and counts what it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

export interface AskedServer {
  /** Without a slash at the end. */
  readonly base: string;
  readonly requests: { readonly method: string; readonly path: string }[];
  /** Connections that were made to it. */
  readonly connections: number;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/echo": async (request, response) => {
    const body = await readAll(request);
    const { "content-type": contentType, "x-own": own } = request.headers;
    response.setHeader("content-type", "application/json");
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.setHeader("x-latin", "caf\u00e9");
    response.statusMessage = "Fine With Me";
    response.end(JSON.stringify({ method: request.method, url: request.url, type: plain(contentType), own, body }));
  },
  "/redirect": (_, response) => void response.writeHead(302, { location: "/redirect-again" }).end(),
  "/redirect-again": (_, response) => void response.writeHead(307, { location: "/echo?hop=2" }).end("gone"),
  "/gzip": (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/plain" });
    response.end(gzipSync("zipped ".repeat(1000)));
  },
  "/events": async (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const part of ["data: one\n\n", "data: two\n\n", "data: three\n\n"]) {
      response.write(part);
      await sleep(5);
    }
    response.end();
  },
  "/long": (_, response) => {
    for (let part = 0; part < 64; part++) response.write(Buffer.alloc(64 * 1024, part));
    response.end();
  },
  "/silent": () => {},
  "/drip": (_, response) => void response.writeHead(200, { "x-kind": "drip" }).write("first"),
  "/cut": async (_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("some of it");
    await sleep(20);
    response.destroy();
  },
  "/hang-up": (request) => void request.socket.destroy(),
  "/early": (_, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("late");
  },
  "/nothing": (_, response) => void response.writeHead(204, { "x-kind": "nothing" }).end(),
  "/trailers": (_, response) => {
    response.writeHead(200, { trailer: "x-sum" });
    response.write("with a trailer");
    response.addTrailers({ "x-sum": "7" });
    response.end();
  },
  "/size": async (request, response) => {
    let size = 0;
    for await (const part of request) size += part.length;
    response.end(String(size));
  },
  "/missing": (_, response) => void response.writeHead(404).end("not here"),
};

export async function openAskedServer(): Promise<AskedServer> {
  const requests: { method: string; path: string }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push({ method: request.method ?? "", path });
    const answer = ANSWERS[path.split("?", 1)[0] ?? ""];
    if (answer === undefined) response.writeHead(500).end(`No answer is written for ${path}.`);
    else void Promise.resolve(answer(request, response)).catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  server.on("upgrade", (request, socket) => {
    requests.push({ method: request.method ?? "", path: request.url ?? "" });
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: shout\r\n\r\n");
    socket.on("data", (heard) => socket.write(String(heard).toUpperCase()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return plain(Buffer.concat(parts).toString("latin1")) ?? "";
}

/** Boundaries of forms are made by chance. */
function plain(text: string | undefined): string | undefined {
  return text?.replaceAll(/-+formdata-undici-\d+/g, "--boundary");
}
