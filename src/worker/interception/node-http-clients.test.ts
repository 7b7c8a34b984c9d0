import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import axios, { type AxiosError, type AxiosRequestConfig } from "axios";
import got, { type OptionsOfTextResponseBody } from "got";
import fetch, { FormData as FetchForm } from "node-fetch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../test/free-port.ts";
import { MEGABYTE, startHttpServer, startHttpsServer } from "../../../test/interception/http-server.ts";
import { errorFacts, threeWays } from "../../../test/interception/three-ways.ts";
import { interceptNodeHttp } from "./node-http.ts";

let restore: () => void;
beforeAll(() => {
  restore = interceptNodeHttp();
});
afterAll(() => restore());

async function outcomeOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    return { result: await asked };
  } catch (error) {
    return { error: errorFacts(error) };
  }
}

describe("axios", () => {
  const ask = async (url: string, config: AxiosRequestConfig) => {
    try {
      const { status, statusText, headers, data } = await axios({ url, ...config });
      return { status, statusText, headers: { ...headers }, data };
    } catch (error) {
      const { response } = error as AxiosError;
      return { error: errorFacts(error), status: response?.status, data: response?.data };
    }
  };

  it.each<readonly [string, string, AxiosRequestConfig]>([
    ["JSON", "/json", {}],
    ["a gzipped response", "/gzip", {}],
    ["a JSON body", "/echo", { method: "POST", data: { some: ["json", "☃"] } }],
    ["a form", "/echo", { method: "POST", data: new URLSearchParams({ a: "1" }) }],
    ["parameters", "/json", { params: { a: [1, 2], b: "x y" } }],
    ["redirects", "/redirect", {}],
    ["a redirected body", "/redirect-post", { method: "POST", data: { kept: true } }],
    ["too many redirects", "/redirect", { maxRedirects: 0 }],
    ["a status that is an error", "/flaky", {}],
    ["a timeout", "/never", { timeout: 80 }],
    ["a cut response", "/cut", {}],
    ["a connection that is closed", "/hang-up", {}],
    ["a large response", "/big", { responseType: "arraybuffer" }],
    ["a response that is too large", "/big", { maxContentLength: 1000 }],
    ["no response body", "/json", { method: "HEAD" }],
    ["a keep-alive agent", "/json", { httpAgent: new http.Agent({ keepAlive: true }) }],
    ["no agent that is kept", "/json", { httpAgent: new http.Agent({ keepAlive: false }) }],
  ])("comes to the same with %s", async (_, path, config) => {
    await threeWays(startHttpServer, (url) => ask(`${url}${path}`, config));
  });

  it("uploads a FormData", async () => {
    const { entries } = await threeWays(startHttpServer, (url) => {
      const data = new FormData();
      data.set("name", "value");
      data.set("file", new Blob([MEGABYTE.subarray(0, 100_000)]), "file.bin");
      return ask(`${url}/json`, { method: "POST", data });
    });
    expect(entries[0]?.request.body?.length).toBeGreaterThan(100_000);
  });

  it("is aborted", async () => {
    const { outcome, entries } = await threeWays(startHttpServer, (url) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 80);
      return ask(`${url}/never`, { signal: controller.signal });
    });
    expect(outcome).toMatchObject({ error: { name: "CanceledError", code: "ERR_CANCELED" } });
    expect(entries.map(({ isAborted }) => isAborted)).toEqual([true]);
  });

  it("is refused", async () => {
    const port = await freePort();
    const { outcome } = await threeWays(startHttpServer, () => ask(`http://127.0.0.1:${port}/`, {}));
    expect(outcome).toMatchObject({ error: { code: "ECONNREFUSED", cause: { syscall: "connect", port } } });
  });

  it("streams what it sends", async () => {
    await threeWays(startHttpServer, (url) =>
      ask(`${url}/echo`, { method: "PUT", data: Readable.from(["one ", "two"]), maxRedirects: 0 }),
    );
  });

  it("streams what it hears", async () => {
    const { outcome } = await threeWays(startHttpServer, async (url) => {
      const { data } = await axios({ url: `${url}/drip`, responseType: "stream" });
      let text = "";
      for await (const chunk of data as Readable) text += String(chunk);
      return text;
    });
    expect(outcome).toBe("one two three");
  });
});

describe("got", () => {
  it.each<readonly [string, string, OptionsOfTextResponseBody]>([
    ["JSON", "/json", {}],
    ["a gzipped response", "/gzip", {}],
    ["a JSON body", "/echo", { method: "POST", json: { some: ["json", "☃"] } }],
    ["a form", "/echo", { method: "POST", form: { a: 1 } }],
    ["redirects", "/redirect", {}],
    ["a redirected body", "/redirect-post", { method: "POST", json: { kept: true } }],
    ["a retry", "/flaky", { retry: { limit: 2, backoffLimit: 10 } }],
    ["a status that is an error", "/nowhere", { retry: { limit: 0 } }],
    ["a timeout of the whole", "/never", { timeout: { request: 80 }, retry: { limit: 0 } }],
    [
      "a timeout of each part",
      "/json",
      { timeout: { lookup: 900, connect: 900, socket: 900, send: 900, response: 900, read: 900 } },
    ],
    ["a timeout of the response", "/never", { timeout: { response: 80 }, retry: { limit: 0 } }],
    ["a timeout of the socket", "/never", { timeout: { socket: 80 }, retry: { limit: 0 } }],
    ["a timeout of the body", "/stall", { timeout: { read: 80 }, retry: { limit: 0 } }],
    ["a cut response", "/cut", { retry: { limit: 0 } }],
    ["a cut response that is retried", "/cut", { retry: { limit: 1, backoffLimit: 10 } }],
    ["a large response", "/big", {}],
    ["a response until the connection closes", "/until-close", {}],
    ["a keep-alive agent", "/json", { agent: { http: new http.Agent({ keepAlive: true }) } }],
  ])("comes to the same with %s", async (_, path, options) => {
    await threeWays(startHttpServer, (url) =>
      outcomeOf(
        got(`${url}${path}`, options).then((response) => {
          const { statusCode, headers, body, redirectUrls, retryCount, ip } = response;
          return { statusCode, headers, body, retryCount, ip, redirects: redirectUrls.map(({ pathname }) => pathname) };
        }),
      ).then((outcome) => JSON.parse(JSON.stringify(outcome).replaceAll(/\d+ms/g, "some ms")) as unknown),
    );
  });

  it("streams both ways", async () => {
    const { outcome } = await threeWays(startHttpServer, async (url) => {
      const stream = got.stream.post(`${url}/echo`);
      let text = "";
      await pipeline(Readable.from(["one ", "two"]), stream, async (response) => {
        for await (const chunk of response) text += String(chunk);
      });
      return text;
    });
    expect(outcome).toBe(JSON.stringify({ method: "POST", body: "one two" }));
  });

  it("is aborted", async () => {
    await threeWays(startHttpServer, (url) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 80);
      return outcomeOf(got(`${url}/never`, { signal: controller.signal, retry: { limit: 0 } }));
    });
  });
});

describe("node-fetch", () => {
  const ask = async (url: string, options: Parameters<typeof fetch>[1]) => {
    const response = await fetch(url, options);
    const { status, statusText, headers, redirected } = response;
    return { status, statusText, headers: headers.raw(), redirected, text: await response.text() };
  };

  it.each<readonly [string, string, Parameters<typeof fetch>[1]]>([
    ["JSON", "/json", {}],
    ["a gzipped response", "/gzip", {}],
    ["chunks over time", "/drip", {}],
    ["a JSON body", "/echo", { method: "POST", body: JSON.stringify({ a: "☃" }) }],
    ["redirects", "/redirect", {}],
    ["a cut response", "/cut", {}],
    ["a cut chunked response", "/cut-chunked", {}],
    ["a connection that is closed", "/hang-up", {}],
    ["no content", "/empty", {}],
    ["no body", "/json", { method: "HEAD" }],
  ])("comes to the same with %s", async (_, path, options) => {
    await threeWays(startHttpServer, (url) => outcomeOf(ask(`${url}${path}`, options)));
  });

  it("streams what it sends", async () => {
    await threeWays(startHttpServer, (url) =>
      outcomeOf(ask(`${url}/echo`, { method: "POST", body: Readable.from(["one ", "two"]) })),
    );
  });

  it("uploads a FormData", async () => {
    await threeWays(startHttpServer, (url) => {
      const body = new FetchForm();
      body.set("name", "value");
      return outcomeOf(ask(`${url}/json`, { method: "POST", body }));
    });
  });
});

describe("https", () => {
  it.each<readonly [string, (url: string) => Promise<unknown>]>([
    ["axios", async (url) => (await axios({ url, httpsAgent: new https.Agent({ rejectUnauthorized: false }) })).data],
    [
      "got",
      async (url) => (await got(url, { https: { rejectUnauthorized: false }, timeout: { secureConnect: 5000 } })).body,
    ],
    ["node-fetch", async (url) => (await fetch(url, { agent: new https.Agent({ rejectUnauthorized: false }) })).text()],
  ])("comes to the same by %s", async (_, ask) => {
    const { entries } = await threeWays(startHttpsServer, (url) => ask(`${url}/json`));
    expect(entries.map(({ request }) => new URL(request.url).protocol)).toEqual(["https:"]);
  });
});
