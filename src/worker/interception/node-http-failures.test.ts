import http from "node:http";
import https from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../test/free-port.ts";
import { MEGABYTE, startHttpServer, startHttpsServer } from "../../../test/interception/http-server.ts";
import { RecordingTape } from "../../../test/interception/http-tape.ts";
import { type Story, storyOf } from "../../../test/interception/node-request.ts";
import { asRun, errorFacts, threeWays } from "../../../test/interception/three-ways.ts";
import { interceptNodeHttp } from "./node-http.ts";

let restore: () => void;
beforeAll(() => {
  restore = interceptNodeHttp();
});
afterAll(() => restore());

/** A request counts as written once it was given to the journal, whatever becomes of its connection. */
function unlessWritten(story: Story): Story {
  return story.filter(([event]) => event !== "finish" && event !== "socket");
}

/** Calls back when the whole of what `/stall` sends was heard, however it was cut. */
function onceBegun(response: http.IncomingMessage, then: () => void): void {
  let text = "";
  response.on("data", (bytes: Buffer) => {
    text += bytes;
    if (text === "begun") then();
  });
}

describe("what goes wrong with a connection is told in the same way", () => {
  it.each([
    ["/hang-up", "error"],
    ["/cut", "response error"],
    ["/cut-chunked", "response error"],
    ["/reset", "error"],
    ["/nonsense", "error"],
  ])("%s", async (path, event) => {
    const { outcome } = await threeWays(startHttpServer, (url) => storyOf(http.get(`${url}${path}`)));
    expect(outcome.map(([name]) => name)).toContain(event);
  });

  it("nobody listens at the address", async () => {
    const port = await freePort();
    const { outcome } = await threeWays(startHttpServer, async () =>
      unlessWritten(await storyOf(http.get({ host: "127.0.0.1", port }))),
    );
    expect(outcome).toContainEqual([
      "error",
      {
        name: "Error",
        code: "ECONNREFUSED",
        message: `connect ECONNREFUSED 127.0.0.1:${port}`,
        errno: expect.any(Number),
        syscall: "connect",
        address: "127.0.0.1",
        port,
      },
    ]);
  });

  it("the name has no address", async () => {
    const lookup = ((name: string, _: unknown, done: (error: Error) => void) => {
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND", syscall: "getaddrinfo" }));
    }) as never;
    const { outcome } = await threeWays(startHttpServer, async () =>
      unlessWritten(await storyOf(http.get("http://nobody.invalid/", { lookup, agent: false }))),
    );
    expect(JSON.stringify(outcome)).toContain("ENOTFOUND");
  });

  it("nobody knows who signed the certificate", async () => {
    const { outcome } = await threeWays(startHttpsServer, async (url) =>
      unlessWritten(await storyOf(https.get(`${url}/json`))),
    );
    expect(JSON.stringify(outcome)).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("the port cannot be one, which is found only when the connection is made", async () => {
    const tape = new RecordingTape();
    const story = await asRun(tape, () => storyOf(http.get({ host: "127.0.0.1", port: 70_000 })));
    expect(JSON.stringify(story)).toContain("ERR_SOCKET_BAD_PORT");
  });
});

describe("what the code gives up", () => {
  it.each([
    ["before its end", (request: http.ClientRequest) => request.destroy()],
    ["with an error", (request: http.ClientRequest) => request.end().destroy(new Error("no longer wanted"))],
    ["later", (request: http.ClientRequest) => request.end() && void setTimeout(() => request.destroy(), 50)],
    ["in the old way", (request: http.ClientRequest) => request.end() && void setTimeout(() => request.abort(), 50)],
  ])("ends in the same way: %s", async (_, giveUp) => {
    await threeWays(startHttpServer, async (url) => {
      const request = http.request(`${url}/never`, { method: "POST" });
      const story = storyOf(request);
      giveUp(request);
      return unlessWritten(await story);
    });
  });

  it.each(["/never", "/stall"])("by a signal, and after it nothing is heard: %s", async (path) => {
    const { entries, outcome } = await threeWays(startHttpServer, (url) => {
      const controller = new AbortController();
      const request = http.get(`${url}${path}`, { signal: controller.signal });
      const story = storyOf(request);
      request.on("response", (response) => onceBegun(response, () => controller.abort()));
      if (path === "/never") setTimeout(() => controller.abort(), 100);
      return story;
    });
    expect(JSON.stringify(outcome)).toContain("ABORT_ERR");
    expect(entries.map(({ isAborted }) => isAborted)).toEqual([true]);
  });

  it("by a signal that was aborted before", async () => {
    const { entries } = await threeWays(startHttpServer, (url) =>
      storyOf(http.get(`${url}/json`, { signal: AbortSignal.abort() })),
    );
    expect(entries).toEqual([]);
  });

  it("on the response", async () => {
    const { entries } = await threeWays(startHttpServer, async (url) => {
      const request = http.get(`${url}/stall`);
      const story = storyOf(request);
      request.on("response", (response) => onceBegun(response, () => response.destroy(new Error("enough"))));
      return story;
    });
    expect(entries.map(({ isAborted }) => isAborted)).toEqual([true]);
  });

  it("closes the real connection", async () => {
    const server = await startHttpServer();
    try {
      const isClosed = new Promise<void>((resolve) => {
        server.server.on("request", (_, response) => response.on("close", resolve));
      });
      const request = asRun(new RecordingTape(), () => http.get(`${server.url}/stall`));
      request.on("error", () => {});
      request.on("response", () => request.destroy());
      await isClosed;
    } finally {
      await server.close();
    }
  });
});

describe("a timeout", () => {
  it.each([
    ["as an option", "/never", (url: string) => http.get(url, { timeout: 60 })],
    ["by a call", "/never", (url: string) => http.get(url).setTimeout(60)],
    ["of the agent", "/never", (url: string) => http.get(url, { agent: new http.Agent({ timeout: 60 }) })],
    ["of the socket", "/never", (url: string) => http.get(url).on("socket", (socket) => socket.setTimeout(60))],
    ["within the body", "/stall", (url: string) => http.get(url, { timeout: 500 })],
  ])("is told when nothing comes for that long: %s", async (form, path, ask) => {
    const { outcome } = await threeWays(startHttpServer, async (url) => {
      const request = ask(`${url}${path}`);
      const story = storyOf(request);
      request.on(
        form === "of the socket" ? "socket" : "timeout",
        (socket?: { on(event: string, then: () => void): void }) => {
          if (socket === undefined) request.destroy(new Error("too slow"));
          else socket.on("timeout", () => request.destroy(new Error("too slow")));
        },
      );
      return story;
    });
    expect(JSON.stringify(outcome)).toContain(path === "/never" ? "too slow" : "aborted");
  });

  it("is not told of a response that comes in time, piece by piece", async () => {
    const { outcome } = await threeWays(startHttpServer, (url) => storyOf(http.get(`${url}/drip`, { timeout: 1000 })));
    expect(outcome.map(([event]) => event)).not.toContain("timeout");
  });
});

describe("a reader that is slow", () => {
  it("holds the real response back, and hears all of it", async () => {
    const server = await startHttpServer();
    const tape = new RecordingTape();
    try {
      const response = await asRun(
        tape,
        () => new Promise<http.IncomingMessage>((resolve) => void http.get(`${server.url}/big`, resolve)),
      );
      const heard = () => tape.entries.flatMap(({ sounds }) => sounds).filter(({ kind }) => kind === "chunk").length;
      let before = -1;
      while (heard() !== before) {
        before = heard();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(tape.entries.flatMap(({ sounds }) => sounds).map(({ kind }) => kind)).not.toContain("end");
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).equals(MEGABYTE)).toBe(true);
    } finally {
      await server.close();
    }
  });

  it("hears what came before a failure", async () => {
    const { outcome } = await threeWays(startHttpServer, async (url) => {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        http.get(`${url}/cut`, resolve).on("error", reject);
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      const chunks: string[] = [];
      try {
        for await (const chunk of response) chunks.push(String(chunk));
      } catch (error) {
        return [chunks.join(""), errorFacts(error)];
      }
      return chunks;
    });
    expect(JSON.stringify(outcome)).toContain("ECONNRESET");
  });
});
