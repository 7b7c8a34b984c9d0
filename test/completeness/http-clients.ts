/** Programs with clients that speak HTTP in general. */
import { once } from "node:events";
import http, { get } from "node:http";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import axios from "axios";
import got from "got";
import nodeFetch from "node-fetch";
import { Agent, Pool, fetch as packageFetch, RetryAgent, request, stream } from "undici";
import type { ClientCase } from "./client-case.ts";
import { startWebServer } from "./web-server.ts";

/** As many clients do when they are loaded. */
const capturedFetch = globalThis.fetch;

const json = { method: "POST", headers: { "content-type": "application/json" } };

function of(
  name: string,
  cases: Readonly<Record<string, ClientCase["run"] | Pick<ClientCase, "run" | "inFlight" | "givenUp" | "within">>>,
): readonly ClientCase[] {
  return Object.entries(cases).map(([does, one]) => ({
    name: does,
    package: name,
    server: startWebServer,
    ...(typeof one === "function" ? { run: one } : one),
  }));
}

const nodeCases = of("node", {
  "fetch: pages and a POST": async (url) => {
    const page = await (await fetch(`${url}/page/one`)).json();
    const said = await (await fetch(`${url}/echo`, { ...json, body: JSON.stringify(page) })).json();
    return [page, said, await (await fetch(`${url}/zipped`)).json()];
  },
  "fetch, kept from before": async (url) => {
    const page = await (await capturedFetch(`${url}/page/one`)).json();
    return [page, await (await capturedFetch(new Request(`${url}/echo`, { ...json, body: "{}" }))).json()];
  },
  "fetch: redirects": async (url) => [
    await (await fetch(`${url}/redirect/302`, { method: "POST", body: "lost" })).json(),
    await (await fetch(`${url}/redirect/307`, { method: "POST", body: "kept" })).json(),
    (await fetch(`${url}/redirect/301`, { redirect: "manual" })).status,
  ],
  "fetch: a stream": {
    inFlight: 1,
    run: async (url) => {
      let text = "";
      for await (const chunk of (await fetch(`${url}/events`)).body as ReadableStream<Uint8Array>)
        text += Buffer.from(chunk).toString();
      return [text, await (await fetch(`${url}/page/after`)).json()];
    },
  },
  "fetch: aborts": {
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
  "http.request over one connection": async (url) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const pages: unknown[] = [];
    for (const name of ["one", "two", "three"]) {
      const [response] = (await once(http.request(`${url}/page/${name}`, { agent }).end(), "response")) as [
        http.IncomingMessage,
      ];
      pages.push(await textOf(response));
    }
    agent.destroy();
    return pages;
  },
  "http.get": async (url) => {
    const [response] = (await once(get(`${url}/page/one`), "response")) as [http.IncomingMessage];
    return [response.statusCode, await textOf(response)];
  },
});

const undiciCases = of("undici", {
  fetch: async (url) => {
    const page = await (await packageFetch(`${url}/redirect/302`)).json();
    return [page, await (await packageFetch(`${url}/echo`, { ...json, body: JSON.stringify(page) })).json()];
  },
  request: async (url) => {
    const { statusCode, body } = await request(`${url}/page/one`);
    const page = await body.json();
    return [
      statusCode,
      page,
      await (await request(`${url}/echo`, { ...json, method: "POST", body: "{}" })).body.json(),
    ];
  },
  stream: {
    inFlight: 1,
    run: async (url) => {
      let text = "";
      const factory = () =>
        new Writable({
          write(chunk: Buffer, _, done) {
            text += chunk.toString();
            done();
          },
        });
      await stream(`${url}/events`, { method: "GET" }, factory);
      return text;
    },
  },
  "Pool, with several requests at once": {
    inFlight: 3,
    run: async (url) => {
      const pool = new Pool(url, { connections: 2 });
      const pages = await Promise.all(
        ["one", "two", "three"].map(async (name) =>
          (await pool.request({ path: `/page/${name}`, method: "GET" })).body.json(),
        ),
      );
      await pool.close();
      return pages;
    },
  },
  "RetryAgent, with its own retries": {
    within: 2,
    run: async (url) => {
      const dispatcher = new RetryAgent(new Agent(), { minTimeout: 1, retryAfter: false });
      const { body } = await request(`${url}/flaky/2`, { dispatcher });
      return [await body.json(), await (await request(`${url}/page/after`)).body.json()];
    },
  },
});

const axiosCases = of("axios", {
  "get, post and a redirect": async (url) => {
    const client = axios.create({ baseURL: url, timeout: 10_000 });
    const { data: page } = await client.get<unknown>("/page/one");
    const { data: said } = await client.post<unknown>("/echo", page);
    const { data: moved } = await client.get<unknown>("/redirect/302");
    return [page, said, moved, (await client.get<unknown>("/zipped")).data];
  },
  "an error": async (url) => outcomeOf(() => axios.get(`${url}/nowhere`)),
  "a stream": {
    inFlight: 1,
    run: async (url) =>
      textOf((await axios.get<NodeJS.ReadableStream>(`${url}/events`, { responseType: "stream" })).data),
  },
  "its adapter for fetch": async (url) => {
    const client = axios.create({ baseURL: url, adapter: "fetch" });
    const { data: page } = await client.get<unknown>("/page/one");
    return [page, (await client.post<unknown>("/echo", page)).data];
  },
});

const gotCases = of("got", {
  "get, post and a redirect": async (url) => {
    const client = got.extend({ prefixUrl: url });
    const page = await client.get("page/one").json();
    const said = await client.post("echo", { json: page }).json();
    return [page, said, await client.get("redirect/302").json(), await client.get("zipped").json()];
  },
  "its own retries": async (url) => got(`${url}/flaky/2`, { retry: { limit: 2, backoffLimit: 10 } }).json(),
  "pages by links": async (url) => got.paginate.all<string>(`${url}/more/1`),
  "a stream": { inFlight: 1, run: async (url) => textOf(got.stream(`${url}/events`)) },
});

const nodeFetchCases = of("node-fetch", {
  "get, post and a redirect": async (url) => {
    const page = await (await nodeFetch(`${url}/page/one`)).json();
    const said = await (await nodeFetch(`${url}/echo`, { ...json, body: JSON.stringify(page) })).json();
    return [
      page,
      said,
      await (await nodeFetch(`${url}/redirect/302`)).json(),
      await (await nodeFetch(`${url}/zipped`)).json(),
    ];
  },
  "a stream into another": {
    inFlight: 1,
    run: async (url) => {
      const chunks: Buffer[] = [];
      const target = new Writable({
        write: (chunk: Buffer, _, done) => void done(void chunks.push(chunk) as undefined),
      });
      await pipeline((await nodeFetch(`${url}/events`)).body as NodeJS.ReadableStream, target);
      return Buffer.concat(chunks).toString();
    },
  },
});

export const httpClients: readonly ClientCase[] = [
  ...nodeCases,
  ...undiciCases,
  ...axiosCases,
  ...gotCases,
  ...nodeFetchCases,
];

async function textOf(stream: AsyncIterable<Buffer | string> | NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString("utf8");
}

async function outcomeOf(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
    return "no error";
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
}
