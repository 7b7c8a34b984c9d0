import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startHttpServer, startHttpsServer, type TestServer } from "../../../test/interception/http-server.ts";
import { RecordingTape, ReplayingTape } from "../../../test/interception/http-tape.ts";
import { LOCALHOST_CERTIFICATE } from "../../../test/interception/localhost-certificate.ts";
import { storyOf } from "../../../test/interception/node-request.ts";
import { startProxy } from "../../../test/interception/proxy.ts";
import { asRun, threeWays } from "../../../test/interception/three-ways.ts";
import { currentEffects } from "../context.ts";
import { interceptNodeHttp } from "./node-http.ts";

const ORIGINALS = { request: http.request, get: http.get, ClientRequest: http.ClientRequest };

let restore: () => void;
let server: TestServer;
let tape: RecordingTape;
beforeAll(async () => {
  restore = interceptNodeHttp();
  server = await startHttpServer();
});
beforeEach(() => {
  tape = new RecordingTape();
  server.seen.length = 0;
  server.clientPorts.length = 0;
});
afterAll(async () => {
  await server.close();
  restore();
  expect(http.request).toBe(ORIGINALS.request);
  expect(http.get).toBe(ORIGINALS.get);
  expect(http.ClientRequest).toBe(ORIGINALS.ClientRequest);
  expect((await import("node:http")).request).toBe(ORIGINALS.request);
});

describe("whose request it is", () => {
  it("decides the run that asks: two at once, and code outside", async () => {
    const other = new RecordingTape();
    await Promise.all([
      asRun(tape, () => storyOf(http.get(`${server.url}/json?one`))),
      asRun(other, () => storyOf(http.get(`${server.url}/json?two`))),
      storyOf(http.get(`${server.url}/json?nobody`)),
    ]);
    expect(tape.entries.map(({ request }) => request.url)).toEqual([`${server.url}/json?one`]);
    expect(other.entries.map(({ request }) => request.url)).toEqual([`${server.url}/json?two`]);
    expect(server.seen.map(({ url }) => url).sort()).toEqual(["/json?nobody", "/json?one", "/json?two"]);
  });

  it("is known to everything that the code hears, and to nothing that is done for real", async () => {
    const inCode = new Set<unknown>();
    const forReal = new Set<unknown>();
    const lookup = ((_: string, __: unknown, done: (error: null, addresses: unknown[]) => void) => {
      forReal.add(currentEffects());
      setImmediate(() => done(null, [{ address: "127.0.0.1", family: 4 }]));
    }) as never;
    const listen = async () => {
      const request = http.request(`http://somewhere:${server.port}/echo`, { method: "POST", lookup, agent: false });
      const note = () => void inCode.add(currentEffects());
      for (const event of ["socket", "finish", "drain", "response", "close"]) request.on(event, note);
      request.on("socket", (socket) => {
        for (const event of ["lookup", "connect", "ready"]) socket.on(event, note);
      });
      request.on("response", (response) => {
        for (const event of ["data", "end", "close"]) response.on(event, note);
      });
      const story = storyOf(request);
      request.write("x", note);
      request.end(note);
      await story;
      note();
    };
    await asRun(tape, listen);
    expect([...inCode]).toEqual([tape]);
    expect([...forReal]).toEqual([undefined]);
    const replay = new ReplayingTape(tape, "in turns", "as recorded");
    inCode.clear();
    await asRun(replay, listen);
    expect([...inCode]).toEqual([replay]);
  });

  it("gets what a listener throws as its own, and who let it hear does not", async () => {
    const handlers = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    try {
      const thrown = once(process, "uncaughtException");
      asRun(tape, () => {
        http.get(`${server.url}/json`, () => {
          throw new Error("of the listener");
        });
      });
      expect(await thrown).toMatchObject([{ message: "of the listener" }, "uncaughtException"]);
    } finally {
      for (const handler of handlers) process.on("uncaughtException", handler);
    }
  });

  it("hears as an error of the request what the journal refuses", async () => {
    tape.request = () => {
      throw new Error("refused by the journal");
    };
    const story = await asRun(tape, () => storyOf(http.get(`${server.url}/json`)));
    expect(JSON.stringify(story)).toContain("refused by the journal");
    expect(server.seen).toEqual([]);
  });
});

describe("the code's own options lead the real request", () => {
  it("a keep-alive agent reuses its connection, and the request still has it", async () => {
    const agent = new http.Agent({ keepAlive: true });
    for (const _ of [1, 2, 3]) {
      const request = asRun(tape, () => http.get(`${server.url}/json`, { agent }));
      expect((request as unknown as { agent: unknown }).agent).toBe(agent);
      await asRun(tape, () => storyOf(request));
    }
    agent.destroy();
    expect(new Set(server.clientPorts).size).toBe(1);
    expect(server.seen.every(({ rawHeaders }) => rawHeaders.join().includes("Connection,keep-alive"))).toBe(true);
  });

  it("a Unix socket", async () => {
    const path = join(tmpdir(), `perdure-http-${process.pid}.sock`);
    const { entries } = await threeWays(
      () => startHttpServer(path),
      () => storyOf(http.get({ socketPath: path, path: "/json" })),
    );
    expect(entries[0]?.request.url).toBe(`http://unix:${path}:/json`);
  });

  it("the authority that signed a certificate, and a check of whom it names", async () => {
    const checked: unknown[] = [];
    await threeWays(startHttpsServer, (url) => {
      const checkServerIdentity = (name: string) => void checked.push(name);
      const options = { ca: LOCALHOST_CERTIFICATE, servername: "localhost", checkServerIdentity, agent: false };
      return storyOf(https.get(`${url}/json`, options));
    });
    // In a replay there is nobody to check.
    expect(checked).toEqual(["localhost", "localhost"]);
  });

  it("a connection of its own making", async () => {
    await threeWays(startHttpServer, (url) => {
      const { hostname, port } = new URL(url);
      const createConnection = () => connect(Number(port), hostname);
      return storyOf(http.get(`${url}/json`, { createConnection }));
    });
  });

  it("agents of proxies, for http and through a tunnel for https", async () => {
    const proxy = await startProxy();
    try {
      await threeWays(startHttpServer, (url) =>
        storyOf(http.get(`${url}/json`, { agent: new HttpProxyAgent(proxy.url) })),
      );
      expect(proxy.asked.splice(0)).toEqual(["GET", "GET"]);
      await threeWays(startHttpsServer, (url) =>
        storyOf(https.get(`${url}/json`, { agent: new HttpsProxyAgent(proxy.url), rejectUnauthorized: false })),
      );
      expect(proxy.asked.splice(0)).toEqual(["CONNECT", "CONNECT"]);
    } finally {
      await proxy.close();
    }
  });
});

describe("what is said before the response", () => {
  it("is not heard, by a recording no more than by its replay", async () => {
    const hints: unknown[] = [];
    const ask = () => {
      const request = http.get(`${server.url}/hints`);
      request.on("information", ({ statusCode }) => hints.push(statusCode));
      return storyOf(request);
    };
    const recorded = await asRun(tape, ask);
    const replayed = await asRun(new ReplayingTape(tape, "in turns", "as recorded"), ask);
    expect(replayed).toEqual(recorded);
    expect(JSON.stringify(recorded)).toContain("hints");
    expect(hints).toEqual([]);
  });
});

describe("a server that does not speak HTTP/1.1 as Node does", () => {
  it.each([
    ["without a reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"],
    ["in small letters", "HTTP/1.1 200 fine\r\ncontent-length:2\r\nx-spaced:   much   \r\n\r\nok"],
    ["with extensions of chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n"],
    ["with another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
  ])("is heard in the same way: %s", async (_, answer) => {
    const raw = createServer((socket) => {
      socket.once("data", () => socket.end(answer, "latin1"));
      socket.on("error", () => {});
    });
    raw.listen(0, "127.0.0.1");
    await once(raw, "listening");
    const { port } = raw.address() as { port: number };
    const ask = () => storyOf(http.get({ host: "127.0.0.1", port, agent: false }));
    const plain = await ask();
    expect(await asRun(tape, ask)).toEqual(plain);
    raw.close();
    await once(raw, "close");
    expect(await asRun(new ReplayingTape(tape, "in turns", "in pieces"), ask)).toEqual(plain);
  });
});
