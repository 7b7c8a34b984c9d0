/** Programs with clients that speak HTTP in general. */
import { once } from "node:events";
import http, { get } from "node:http";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import axios from "axios";
import got from "got";
import nodeFetch from "node-fetch";
import { Agent, interceptors, Pool, fetch as packageFetch, RetryAgent, request, stream } from "undici";
import { type ClientCase, casesOf } from "./client-case.ts";
import { startWebServer } from "./web-server.ts";

/** As many clients do when they are loaded. */
const capturedFetch = globalThis.fetch;

const server = startWebServer;
const asIs = (url: string) => url;
const json = { method: "POST", headers: { "content-type": "application/json" } } as const;

const ofFetch = casesOf(
  { package: "node", server, client: asIs },
  {
    "fetch: pages and a POST": {
      run: async (url) => {
        const page = await (await fetch(`${url}/page/one`)).json();
        const said = await (await fetch(`${url}/echo`, { ...json, body: JSON.stringify(page) })).json();
        return [page, said, await (await fetch(`${url}/zipped`)).json()];
      },
    },
    "fetch: kept when a module was loaded": {
      run: async (url) => {
        const page = await (await capturedFetch(`${url}/page/one`)).json();
        return [page, await (await capturedFetch(new Request(`${url}/echo`, { ...json, body: "{}" }))).json()];
      },
    },
    "fetch: redirects": {
      run: async (url) => [
        await (await fetch(`${url}/redirect/302`, { method: "POST", body: "lost" })).json(),
        await (await fetch(`${url}/redirect/307`, { method: "POST", body: "kept" })).json(),
        (await fetch(`${url}/redirect/301`, { redirect: "manual" })).status,
      ],
    },
    "fetch: a stream": {
      inFlight: 1,
      run: async (url) => {
        const text = await textOf((await fetch(`${url}/events`)).body as ReadableStream<Uint8Array>);
        return [text, await (await fetch(`${url}/page/after`)).json()];
      },
    },
    "fetch: a form": {
      run: async (url) => {
        const form = new FormData();
        form.set("report", new File(["Rain before noon."], "report.txt"));
        const { said } = (await (await fetch(`${url}/echo`, { method: "POST", body: form })).json()) as {
          said: string;
        };
        return said.includes('filename="report.txt"');
      },
    },
    "fetch: aborts, before an answer and in it": {
      inFlight: 1,
      givenUp: 1,
      run: async (url) => {
        const silent = await outcomeOf(() => fetch(`${url}/silent`, { signal: AbortSignal.timeout(30) }));
        const controller = new AbortController();
        const { body } = await fetch(`${url}/stuck`, { signal: controller.signal });
        const reader = (body as ReadableStream<Uint8Array>).getReader();
        const first = Buffer.from((await reader.read()).value as Uint8Array).toString();
        controller.abort();
        const stuck = await outcomeOf(() => reader.read());
        return [silent, first, stuck, await (await fetch(`${url}/page/after`)).json()];
      },
    },
  },
);

const ofNodeHttp = casesOf(
  { package: "node", server, client: (url) => ({ url, agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) }) },
  {
    "http.request: over one connection": {
      run: async ({ url, agent }) => {
        const pages: unknown[] = [];
        for (const name of ["one", "two", "three"]) {
          const [response] = await once(http.request(`${url}/page/${name}`, { agent }).end(), "response");
          pages.push(await textOf(response as http.IncomingMessage));
        }
        return pages;
      },
    },
    "http.get: imported by name": {
      run: async ({ url }) => {
        const [response] = await once(get(`${url}/page/one`), "response");
        return textOf(response as http.IncomingMessage);
      },
    },
  },
);

const ofUndici = casesOf(
  { package: "undici", server, client: (url) => ({ url, pool: new Pool(url, { connections: 2 }) }) },
  {
    "fetch: a redirect and a POST": {
      run: async ({ url }) => {
        const page = await (await packageFetch(`${url}/redirect/302`)).json();
        return [page, await (await packageFetch(`${url}/echo`, { ...json, body: JSON.stringify(page) })).json()];
      },
    },
    "request: pages and a POST": {
      run: async ({ url }) => {
        const { statusCode, body } = await request(`${url}/page/one`);
        return [
          statusCode,
          await body.json(),
          await (await request(`${url}/echo`, { ...json, body: "{}" })).body.json(),
        ];
      },
    },
    "stream: into a writable": {
      inFlight: 1,
      run: async ({ url }) => {
        const target = collector();
        await stream(`${url}/events`, { method: "GET" }, () => target);
        return target.text;
      },
    },
    "Pool: several requests at once": {
      inFlight: 3,
      run: ({ pool }) =>
        Promise.all(
          ["one", "two", "three"].map(async (name) =>
            (await pool.request({ path: `/page/${name}`, method: "GET" })).body.json(),
          ),
        ),
    },
    "RetryAgent: its own retries": {
      within: 2,
      run: async ({ url }) => {
        const dispatcher = new RetryAgent(new Agent(), { minTimeout: 1, retryAfter: false });
        const { body } = await request(`${url}/flaky/2`, { dispatcher });
        return [await body.json(), await (await request(`${url}/page/after`)).body.json()];
      },
    },
    "compose: redirects": {
      run: async ({ url }) => {
        const dispatcher = new Agent().compose(interceptors.redirect({ maxRedirections: 3 }));
        return (await request(`${url}/redirect/302`, { dispatcher })).body.json();
      },
    },
  },
);

const ofAxios = casesOf(
  { package: "axios", server, client: (url) => axios.create({ baseURL: url, timeout: 10_000 }) },
  {
    "get, post and a redirect": {
      run: async (client) => {
        const { data: page } = await client.get<unknown>("/page/one");
        const { data: said } = await client.post<unknown>("/echo", page);
        return [
          page,
          said,
          (await client.get<unknown>("/redirect/302")).data,
          (await client.get<unknown>("/zipped")).data,
        ];
      },
    },
    "a form": {
      run: async (client) => {
        const { data } = await client.postForm<{ said: string }>("/echo", { report: "Rain before noon." });
        return data.said.includes('name="report"');
      },
    },
    "a stream": {
      inFlight: 1,
      run: async (client) =>
        textOf((await client.get<NodeJS.ReadableStream>("/events", { responseType: "stream" })).data),
    },
    "its adapter for fetch": {
      run: async (client) => {
        const { data: page } = await client.get<unknown>("/page/one", { adapter: "fetch" });
        return [page, (await client.post<unknown>("/echo", page, { adapter: "fetch" })).data];
      },
    },
    "an error, and a timeout": {
      givenUp: 1,
      inFlight: 1,
      run: async (client) => [
        await outcomeOf(() => client.get("/nowhere")),
        await outcomeOf(() => client.get("/silent", { timeout: 30 })),
        (await client.get<unknown>("/page/after")).data,
      ],
    },
  },
);

const ofGot = casesOf(
  { package: "got", server, client: (url) => got.extend({ prefixUrl: url }) },
  {
    "get, post and a redirect": {
      run: async (client) => {
        const page = await client.get("page/one").json();
        const said = await client.post("echo", { json: page }).json();
        return [page, said, await client.get("redirect/302").json(), await client.get("zipped").json()];
      },
    },
    "its own retries": { run: (client) => client.get("flaky/2", { retry: { limit: 2, backoffLimit: 10 } }).json() },
    "a timeout": {
      givenUp: 1,
      inFlight: 1,
      run: async (client) => [
        await outcomeOf(() => client.get("silent", { timeout: { request: 30 }, retry: { limit: 0 } })),
        await client.get("page/after").json(),
      ],
    },
    "a form": {
      run: async (client) => {
        const form = new FormData();
        form.set("report", "Rain before noon.");
        return (await client.post("echo", { body: form }).json<{ said: string }>()).said.includes('name="report"');
      },
    },
    "pages by links": { run: (client) => client.paginate.all<string>("more/1") },
    "a stream": { inFlight: 1, run: (client) => textOf(client.stream("events")) },
  },
);

const ofNodeFetch = casesOf(
  { package: "node-fetch", server, client: asIs },
  {
    "get, post and a redirect": {
      run: async (url) => {
        const page = await (await nodeFetch(`${url}/page/one`)).json();
        const said = await (await nodeFetch(`${url}/echo`, { ...json, body: JSON.stringify(page) })).json();
        return [
          page,
          said,
          await (await nodeFetch(`${url}/redirect/302`)).json(),
          await (await nodeFetch(`${url}/zipped`)).json(),
        ];
      },
    },
    "a stream into a writable": {
      inFlight: 1,
      run: async (url) => {
        const target = collector();
        await pipeline((await nodeFetch(`${url}/events`)).body as NodeJS.ReadableStream, target);
        return target.text;
      },
    },
  },
);

export const httpClients: readonly ClientCase[] = [
  ...ofFetch,
  ...ofNodeHttp,
  ...ofUndici,
  ...ofAxios,
  ...ofGot,
  ...ofNodeFetch,
];

/** A stream that keeps what is written to it. */
function collector(): Writable & { text: string } {
  const target = new Writable({
    write(chunk: Buffer, _, done) {
      collected.text += chunk.toString();
      done();
    },
  });
  const collected = Object.assign(target, { text: "" });
  return collected;
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString("utf8");
}

async function outcomeOf(action: () => Promise<unknown>): Promise<unknown> {
  try {
    return await action();
  } catch (error) {
    const { name, message, code } = error as Error & { code?: unknown };
    return { name, message, code };
  }
}
