import http, { get as namedGet, request as namedRequest } from "node:http";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MEGABYTE, startHttpServer } from "../../../test/interception/http-server.ts";
import { storyOf } from "../../../test/interception/node-request.ts";
import { threeWays } from "../../../test/interception/three-ways.ts";
import { interceptNodeHttp } from "./node-http.ts";

let restore: () => void;
beforeAll(() => {
  restore = interceptNodeHttp();
});
afterAll(() => restore());

const NO_BODY = ["GET", "HEAD"];
const FORMS = ["/json", "/headers", "/drip", "/gzip", "/empty", "/unmodified", "/until-close", "/redirect", "/big"];

describe("a request by node:http", () => {
  for (const method of NO_BODY) {
    it.each(FORMS)(`tells the same story when recorded and when replayed: ${method} %s`, async (path) => {
      const { outcome, entries } = await threeWays(startHttpServer, (url) =>
        storyOf(http.request(`${url}${path}`, { method }).end()),
      );
      expect(outcome.map(([event]) => event)).toContain("response end");
      expect(entries.map(({ request }) => request.method)).toEqual([method]);
    });
  }

  it.each([
    ["the default export", (url: string) => http.get(url)],
    ["a named import", (url: string) => namedGet(url)],
    ["a named request", (url: string) => namedRequest(url).end()],
    ["require('http')", (url: string) => (createRequire(import.meta.url)("http") as typeof http).get(url)],
    ["require('node:http')", (url: string) => (createRequire(import.meta.url)("node:http") as typeof http).get(url)],
    ["the constructor", (url: string) => new http.ClientRequest(url).end()],
    ["a subclass", (url: string) => new (class extends http.ClientRequest {})(url).end()],
  ])("is found by whatever way it came: %s", async (_, ask) => {
    const { entries } = await threeWays(startHttpServer, (url) => storyOf(ask(`${url}/json`)));
    expect(entries).toHaveLength(1);
  });

  it("takes every form of arguments", async () => {
    const { outcome, entries } = await threeWays(startHttpServer, async (url) => {
      const { hostname, port } = new URL(url);
      const heard: unknown[] = [];
      const listener = ({ statusCode }: http.IncomingMessage) => heard.push(statusCode);
      await storyOf(http.get(`${url}/json`, listener));
      await storyOf(http.get(new URL(`${url}/json`), { method: "POST" }, listener));
      await storyOf(http.get({ hostname, port, path: "/json?third" }, listener));
      await storyOf(http.get(`${url}/json`, { path: "/json?fourth" }));
      await storyOf(http.get({ host: hostname, port, path: "/json?fifth", agent: false }));
      await storyOf(
        http.get({
          host: hostname,
          port,
          path: "/json?sixth",
          auth: "me:secret",
          setHost: false,
          headers: { Host: "here" },
        }),
      );
      return heard;
    });
    expect(outcome).toEqual([200, 200, 200]);
    expect(entries.map(({ request }) => new URL(request.url).search)).toEqual([
      "",
      "",
      "?third",
      "?fourth",
      "?fifth",
      "?sixth",
    ]);
  });

  it("throws what Node throws", async () => {
    const { outcome } = await threeWays(startHttpServer, async () =>
      [
        () => http.get("no address"),
        () => http.get({ method: "no method" }),
        () => http.get({ path: "/no path" }),
        () => http.get({ agent: "no agent" as never }),
        () => http.get({ protocol: "ftp:" }),
        () => http.get({ headers: { "no name": "" } }),
      ].map((ask) => {
        try {
          return void ask();
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      }),
    );
    expect(outcome).toEqual([
      "ERR_INVALID_URL",
      "ERR_INVALID_HTTP_TOKEN",
      "ERR_UNESCAPED_CHARACTERS",
      "ERR_INVALID_ARG_TYPE",
      "ERR_INVALID_PROTOCOL",
      "ERR_INVALID_HTTP_TOKEN",
    ]);
  });
});

type Write = (request: http.ClientRequest) => unknown;

describe("a body that is written", () => {
  const WRITES: readonly (readonly [string, http.RequestOptions, Write])[] = [
    ["at the end", {}, (request) => request.end("all of it")],
    [
      "in pieces",
      {},
      (request) => {
        request.write("a");
        request.write(Buffer.from("b"));
        request.end(new Uint8Array([99]));
      },
    ],
    [
      "with a length",
      { headers: { "Content-Length": 2 } },
      (request) => {
        request.write("a");
        request.end("b");
      },
    ],
    [
      "in other encodings",
      {},
      (request) => {
        request.write("C3A9", "hex");
        request.end("w6k=", "base64");
      },
    ],
    [
      "after its head",
      {},
      (request) => {
        request.flushHeaders();
        request.end("late");
      },
    ],
    [
      "over time",
      {},
      async (request) => {
        for (const part of ["one", "two"]) {
          request.write(part);
          await sleep(10);
        }
        request.end();
      },
    ],
    ["not at all", {}, (request) => request.end()],
    ["not at all, though it said so", { headers: { "Transfer-Encoding": "chunked" } }, (request) => request.end()],
    [
      "with headers as a list",
      { headers: ["X-One", "1", "X-One", "2", "Host", "here"] },
      (request) => request.end("listed"),
    ],
    [
      "with headers of its own",
      {},
      (request) => {
        request.setHeader("X-Many", ["a", "b"]);
        request.setHeader("Cookie", ["c=1", "d=2"]);
        request.removeHeader("Connection");
        request.end("own");
      },
    ],
    ["without framing", { method: "DELETE" }, (request) => request.end("what is deleted")],
    [
      "with trailers",
      { headers: { Trailer: "X-Sum" } },
      (request) => {
        request.write("summed");
        request.addTrailers({ "X-Sum": "6" });
        request.end();
      },
    ],
    [
      "with the keys of chunks",
      {},
      (request) => {
        request.write("0\r\n\r\n");
        request.end("5\r\n");
      },
    ],
    [
      "corked",
      {},
      (request) => {
        request.cork();
        request.write("a");
        request.write("b");
        process.nextTick(() => request.uncork());
        setImmediate(() => request.end());
      },
    ],
  ];

  it.each(WRITES)("arrives and is answered in the same way: %s", async (_, options, write) => {
    await threeWays(startHttpServer, (url) => {
      const request = http.request(`${url}/echo`, { method: "POST", ...options });
      const story = storyOf(request);
      return Promise.resolve(write(request)).then(() => story);
    });
  });

  it("calls back, and says when there is room for more", async () => {
    const { outcome } = await threeWays(startHttpServer, async (url) => {
      const heard: unknown[] = [];
      const request = http.request(`${url}/echo`, { method: "POST" });
      const story = storyOf(request);
      const hasRoom = request.write(MEGABYTE, () => heard.push("written"));
      heard.push(hasRoom);
      await new Promise<void>((resolve) => void request.once("drain", resolve));
      heard.push("drain");
      await new Promise<void>((resolve) => request.end("the end", "utf8", resolve));
      heard.push(request.writableFinished, (await story).length);
      return heard;
    });
    expect(outcome).toEqual([false, "written", "drain", true, 6]);
  });

  it("refuses to be written after its end, or as something else", async () => {
    await threeWays(startHttpServer, async (url) => {
      const request = http.request(`${url}/echo`, { method: "POST" });
      const story = storyOf(request);
      expect(() => request.write(7 as never)).toThrow(TypeError);
      request.end("over");
      request.write("too late");
      // A real connection takes its time, so that the error comes before the end of what was written.
      return [...(await story)].map((event) => JSON.stringify(event)).sort();
    });
  });

  it("waits for leave to continue where it asks for it", async () => {
    const { outcome } = await threeWays(startHttpServer, (url) => {
      const request = http.request(`${url}/echo`, { method: "POST", headers: { Expect: "100-continue" } });
      const story = storyOf(request);
      request.on("continue", () => request.end("allowed"));
      return story;
    });
    expect(outcome.map(([event]) => event)).toContain("continue");
  });
});
