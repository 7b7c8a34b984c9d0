import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RecordingTape } from "../../../test/interception/http-tape.ts";
import { storyOf } from "../../../test/interception/node-request.ts";
import { asRun } from "../../../test/interception/three-ways.ts";
import { currentEffects } from "../context.ts";
import { interceptNodeHttp } from "./node-http.ts";

const MEGABYTE = Buffer.alloc(1024 * 1024, "x");

let restore: () => void;
let server: http.Server;
let connections: Set<Duplex>;
let url: string;
let tape: RecordingTape;
/** Of each request: method, its Content-Length or Transfer-Encoding, and how many bytes came. */
let seen: unknown[][];

beforeAll(() => {
  restore = interceptNodeHttp();
});
afterAll(() => restore());

beforeEach(async () => {
  tape = new RecordingTape();
  seen = [];
  server = http.createServer(async (request, response) => {
    let count = 0;
    for await (const chunk of request) count += (chunk as Buffer).length;
    seen.push([request.method, request.headers["content-length"] ?? request.headers["transfer-encoding"], count]);
    response.end(`took ${count}`);
  });
  const becomeEcho = (request: http.IncomingMessage, socket: Duplex) => {
    seen.push([request.method, request.headers.upgrade]);
    const [status, reason] = request.method === "CONNECT" ? [200, "Connected"] : [101, "Switching Protocols"];
    socket.write(`HTTP/1.1 ${status} ${reason}\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello `);
    socket.on("error", () => {});
    socket.pipe(socket);
  };
  server.on("upgrade", becomeEcho);
  server.on("connect", becomeEcho);
  connections = new Set();
  server.on("connection", (socket) => connections.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.close();
  for (const connection of connections) connection.destroy();
  await once(server, "close");
});

/** Talks to the echo at the other end of a connection that was HTTP. */
async function talk(request: http.ClientRequest, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on(event, ({ statusCode }: http.IncomingMessage, socket: Duplex, first: Buffer) => {
      const effects = currentEffects();
      let text = String(first);
      socket.on("data", (bytes: Buffer) => {
        text += bytes;
        if (text.endsWith("!")) socket.end();
      });
      socket.on("close", () => resolve([statusCode, text, effects]));
      socket.write("and ");
      setTimeout(() => socket.write("goodbye!"), 20);
    });
    request.end();
  });
}

describe("a connection that becomes something else", () => {
  const UPGRADE = { Connection: "Upgrade", Upgrade: "echo" };

  it.each<readonly [string, string, () => http.ClientRequest]>([
    ["by its headers", "upgrade", () => http.request(url, { headers: UPGRADE })],
    [
      "by a list of headers",
      "upgrade",
      () => http.request(url, { headers: ["Connection", "Upgrade", "upgrade", "echo"] }),
    ],
    [
      "by a header set later",
      "upgrade",
      () => http.request(url).setHeader("Connection", "Upgrade").setHeader("Upgrade", "echo"),
    ],
    ["by its method", "connect", () => http.request(url, { method: "connect", path: "elsewhere:1" })],
  ])("is one for real, and told as unrecorded: %s", async (_, event, ask) => {
    const heard = await asRun(tape, () => talk(ask(), event));
    expect(heard).toEqual([event === "connect" ? 200 : 101, "hello and goodbye!", tape]);
    expect(tape.entries).toEqual([]);
    expect(tape.unrecordedEffects).toHaveLength(1);
    expect(tape.unrecordedEffects[0]?.what).toContain("a change of protocol");
    expect(tape.unrecordedEffects[0]?.stack).toContain("node-http-unrecorded.test.ts");
  });

  it("stays HTTP when the server wants it to", async () => {
    server.removeAllListeners("upgrade");
    const story = await asRun(tape, () =>
      storyOf(http.request(url).setHeader("Connection", "Upgrade").setHeader("Upgrade", "echo").end()),
    );
    expect(story.at(-1)).toEqual(["body", "took 0"]);
  });
});

describe("a body that is too large to hold", () => {
  it.each<readonly [string, unknown, (request: http.ClientRequest) => void]>([
    ["at once", String(65 * MEGABYTE.length), (request) => request.end(Buffer.alloc(65 * MEGABYTE.length))],
    [
      "in pieces",
      "chunked",
      async (request) => {
        for (let count = 0; count < 65; count += 1) {
          if (!request.write(MEGABYTE)) await once(request, "drain");
        }
        request.end();
      },
    ],
  ])("goes out for real, whole, and is told as unrecorded: %s", async (_, framing, write) => {
    const story = await asRun(tape, () => {
      const request = http.request(url, { method: "POST" });
      const told = storyOf(request);
      write(request);
      return told;
    });
    expect(story.at(-1)).toEqual(["body", `took ${65 * MEGABYTE.length}`]);
    expect(seen).toEqual([["POST", framing, 65 * MEGABYTE.length]]);
    expect(tape.entries).toEqual([]);
    expect(tape.unrecordedEffects.map(({ what }) => what)).toEqual([
      `a request body of more than 64 MB, POST ${new URL(url).host}`,
    ]);
  });

  it("is an error of the request where that is refused, and nothing leaves", async () => {
    tape.unrecorded = () => {
      throw new Error("refused under strict");
    };
    const story = await asRun(tape, () => {
      const request = http.request(url, { method: "POST" });
      const told = storyOf(request);
      request.end(Buffer.alloc(65 * MEGABYTE.length));
      return told;
    });
    expect(JSON.stringify(story)).toContain("refused under strict");
    expect(seen).toEqual([]);
  });
});
