import { Readable, Stream, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline as pump } from "node:stream/promises";
import * as undici8 from "undici";
import * as undici6 from "undici-6";
import * as undici7 from "undici-7";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../test/free-port.ts";
import { collectGarbage } from "../../../test/interception/collect-garbage.ts";
import { outcomeOf, type Program, tryOut } from "../../../test/interception/undici-outcome.ts";
import { interceptUndici, type UndiciInterception } from "./undici.ts";

type Package = typeof undici8;

const PACKAGES = {
  "undici 8": undici8,
  "undici 7": undici7 as unknown as Package,
  "undici 6": undici6 as unknown as Package,
};

/** How many requests each makes, and what it does. */
const PROGRAMS: Readonly<Record<string, readonly [number, (undici: Package, base: string) => Promise<unknown>]>> = {
  "request: a GET with a query": [
    1,
    async ({ request }, base) => whole(await request(`${base}/echo`, { query: { a: "1 2", b: ["x", "y"] } })),
  ],
  "request: text, and headers as a list": [
    1,
    async ({ request }, base) =>
      whole(await request(`${base}/echo`, { method: "POST", headers: ["X-Own", "mine"], body: "text" })),
  ],
  "request: bytes, and headers that come one by one": [
    1,
    async ({ request }, base) =>
      whole(await request(`${base}/echo`, { method: "POST", headers: pairs(), body: new Uint8Array([9, 8]) })),
  ],
  "request: a stream": [
    1,
    async ({ request }, base) =>
      whole(await request(`${base}/echo`, { method: "PUT", body: Readable.from(["one", Buffer.from("two")]) })),
  ],
  "request: a stream of the oldest kind": [
    1,
    async ({ request }, base) => whole(await request(`${base}/echo`, { method: "PUT", body: oldStream() })),
  ],
  "request: a generator": [
    1,
    async ({ request }, base) => whole(await request(`${base}/echo`, { method: "POST", body: generate() as never })),
  ],
  "request: a form": [
    1,
    ({ Agent, request, FormData }, base) =>
      // The global one may be of another version, which takes no form of this one.
      withDispatcher(new Agent(), async (dispatcher) => {
        const form = new FormData();
        form.append("name", "Ada");
        form.append("file", new File(["line\n"], "a.txt", { type: "text/plain" }));
        return whole(await request(`${base}/echo`, { method: "POST", body: form, dispatcher }));
      }),
  ],
  "request: a blob": [
    1,
    async ({ request }, base) =>
      whole(
        await request(`${base}/echo`, { method: "POST", body: new Blob(["blob"], { type: "text/x-own" }) as never }),
      ),
  ],
  "request: a body that is none": [
    0,
    ({ request }, base) => outcomeOf(() => request(`${base}/echo`, { method: "POST", body: 7 as never })),
  ],
  "request: a header that is none": [
    1,
    ({ request }, base) => outcomeOf(() => request(`${base}/echo`, { headers: { "x-own": "a\nb" } })),
  ],
  "request: headers as they came": [
    1,
    async ({ request }, base) => {
      const { headers, body } = await request(`${base}/nothing`, { responseHeaders: "raw" } as never);
      await body.dump();
      return withoutDate(headers as unknown as string[]);
    },
  ],
  "request: a body that is dumped": [
    1,
    async ({ request }, base) => (await request(`${base}/long`)).body.dump().then(() => "dumped"),
  ],
  "request: a body that is destroyed": [
    1,
    ({ request }, base) =>
      outcomeOf(async () => {
        const { body } = await request(`${base}/drip`);
        body.destroy();
        return await body.text();
      }),
  ],
  "request: an abort before the request": [
    0,
    ({ request }, base) => outcomeOf(() => request(`${base}/echo`, { signal: AbortSignal.abort() })),
  ],
  "request: an abort before the head": [
    1,
    ({ request }, base) =>
      outcomeOf(async () => {
        const controller = new AbortController();
        setTimeout(collectGarbage, 25);
        setTimeout(() => controller.abort(), 50);
        return await request(`${base}/silent`, { signal: controller.signal });
      }),
  ],
  "request: an abort while the body is read": [
    0,
    ({ request }, base) =>
      outcomeOf(async () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(new Error("enough")), 50);
        const body = new Readable({ read() {} });
        return await request(`${base}/echo`, { method: "POST", body, signal: controller.signal });
      }),
  ],
  "request: an abort in the middle of the body": [
    1,
    ({ request }, base) =>
      outcomeOf(async () => {
        const controller = new AbortController();
        const { body } = await request(`${base}/drip`, { signal: controller.signal });
        for await (const chunk of body) {
          expect(String(chunk)).toBe("first");
          controller.abort();
        }
        return "no error";
      }),
  ],
  "request: a refused connection": [1, ({ request }) => outcomeOf(() => request(`http://127.0.0.1:${nobodysPort}/`))],
  "request: a connection that is cut in the middle of the body": [
    1,
    ({ request }, base) => outcomeOf(async () => whole(await request(`${base}/cut`))),
  ],
  "request: a connection that is cut before the head": [
    1,
    ({ request }, base) => outcomeOf(() => request(`${base}/hang-up`)),
  ],
  "request: a server that takes too long": [
    1,
    ({ request }, base) => outcomeOf(() => request(`${base}/silent`, { headersTimeout: 50 })),
  ],
  "request: with a callback": [
    1,
    ({ Agent }, base) =>
      withDispatcher(
        new Agent(),
        (agent) =>
          new Promise((resolve) => {
            agent.request({ origin: base, path: "/echo", method: "GET" }, (error, response) =>
              resolve(error ?? whole(response)),
            );
          }),
      ),
  ],
  "stream: a long body into a slow writable": [
    1,
    async ({ stream }, base) => {
      let size = 0;
      const write = (chunk: Buffer, _: unknown, done: () => void) => {
        size += chunk.length;
        setImmediate(done);
      };
      await stream(`${base}/long`, { method: "GET" }, () => new Writable({ highWaterMark: 1000, write }));
      return size;
    },
  ],
  "pipeline: there and back": [
    1,
    async ({ pipeline }, base) => {
      const through = pipeline(`${base}/echo`, { method: "POST" }, ({ body }) => body);
      const answer = text(through);
      await pump(Readable.from(["one", "two"]), through, { end: true }).catch(() => {});
      return answer;
    },
  ],
  "a client": [
    2,
    ({ Client }, base) =>
      withDispatcher(new Client(base), async (client) => [
        await whole(await client.request({ path: "/echo", method: "GET" })),
        await whole(await client.request({ path: "/gzip", method: "GET" })),
      ]),
  ],
  "a pool": [
    2,
    ({ Pool }, base) =>
      withDispatcher(new Pool(base), (pool) =>
        Promise.all(["/echo", "/events"].map(async (path) => whole(await pool.request({ path, method: "GET" })))),
      ),
  ],
  "a client that is destroyed": [
    1,
    async ({ Client }, base) => {
      const client = new Client(base);
      await client.destroy();
      return outcomeOf(() => client.request({ path: "/echo", method: "GET" }));
    },
  ],
  "a stream of a request that is given up": [
    0,
    ({ Agent }, base) =>
      withDispatcher(new Agent(), async (agent) => {
        const body = new Readable({ read() {} }).on("error", () => {});
        const error = new Promise((resolve) => {
          const abortAtOnce = (abort: (reason: Error) => void) => setImmediate(abort, new Error("enough"));
          const handler = {
            ...{ onHeaders() {}, onData() {}, onComplete() {}, onError: resolve, onConnect: abortAtOnce },
            ...{ onResponseStart() {}, onResponseData() {}, onResponseEnd() {} },
            onResponseError: (_: unknown, reason: unknown) => resolve(reason),
          };
          const start = (controller: { abort(reason: Error): void }) =>
            abortAtOnce((reason) => controller.abort(reason));
          // Version 6 knows the old style only, and a handler that has both is taken for one of the new.
          const isOld = Agent === PACKAGES["undici 6"].Agent;
          const styled = isOld ? handler : { ...handler, onRequestStart: start };
          agent.dispatch({ origin: base, path: "/echo", method: "POST", body }, styled as never);
        });
        const reason = (await error) as Error;
        await new Promise((resolve) => setImmediate(resolve));
        return [reason.message, body.destroyed];
      }),
  ],
  "an agent of one request": [
    1,
    ({ Agent, request }, base) =>
      withDispatcher(new Agent(), async (dispatcher) => whole(await request(`${base}/echo`, { dispatcher }))),
  ],
  "an agent of one fetch": [
    1,
    ({ Agent, fetch }, base) =>
      withDispatcher(new Agent(), async (dispatcher) => (await fetch(`${base}/echo`, { dispatcher })).text()),
  ],
  "an agent that retries, whose attempts are one request": [
    1,
    ({ Agent, RetryAgent, request }, base) =>
      withDispatcher(new RetryAgent(new Agent(), { maxRetries: 1, minTimeout: 1 }), (dispatcher) =>
        outcomeOf(async () => whole(await request(`${base}/hang-up`, { dispatcher }))),
      ),
  ],
  "a class that extends an agent": [
    1,
    ({ Agent, request }, base) => {
      class OwnAgent extends Agent {
        override dispatch(...[opts, handler]: Parameters<InstanceType<typeof Agent>["dispatch"]>): boolean {
          return super.dispatch({ ...opts, headers: { "x-own": "mine" } }, handler);
        }
      }
      return withDispatcher(new OwnAgent(), async (dispatcher) => whole(await request(`${base}/echo`, { dispatcher })));
    },
  ],
  "interceptors that follow redirects, each a request": [
    3,
    ({ Agent, interceptors, request }, base) =>
      withDispatcher(new Agent(), async (agent) => {
        const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 3 }));
        return whole(await request(`${base}/redirect`, { dispatcher }));
      }),
  ],
};

let interception: UndiciInterception;
let nobodysPort: number;
beforeAll(async () => {
  nobodysPort = await freePort();
  interception = interceptUndici();
});
afterAll(() => interception.restore());

describe.each(Object.entries(PACKAGES))("the package %s", (_, undici) => {
  it.each(Object.entries(PROGRAMS))(
    "gives the same live, recorded and replayed: %s",
    async (_name, [count, program]) => {
      const { plain, recorded, replayed, tape, requests } = await tryOut(((base) => program(undici, base)) as Program);
      expect(recorded).toEqual(plain);
      expect(replayed["in turns"]).toEqual(plain);
      expect(replayed["at once"]).toEqual(plain);
      expect(tape.urls).toHaveLength(count);
      expect(tape.unrecordedEffects).toEqual([]);
      expect(requests.replayed).toEqual([]);
    },
  );
});

async function whole({ statusCode, headers, body }: undici8.Dispatcher.ResponseData): Promise<unknown> {
  const { date: _, ...lasting } = headers;
  return { statusCode, headers: lasting, body: await body.text() };
}

/** Of the instant at which the server answered. */
function withoutDate(headers: readonly string[]): string[] {
  const at = headers.findIndex((name) => String(name).toLowerCase() === "date");
  return headers.filter((_, index) => index !== at && index !== at + 1).map(String);
}

async function withDispatcher<D extends { destroy(): Promise<void> }>(
  dispatcher: D,
  work: (dispatcher: D) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await work(dispatcher);
  } finally {
    await dispatcher.destroy();
  }
}

function* pairs(): Generator<[string, string]> {
  yield ["X-Own", "mine"];
}

async function* generate(): AsyncGenerator<Buffer | string> {
  yield "one";
  await new Promise((resolve) => setImmediate(resolve));
  yield Buffer.from("two");
}

/** It knows neither how to be iterated nor how to be paused. */
function oldStream(): Readable {
  const stream = new Stream();
  setImmediate(() => {
    stream.emit("data", Buffer.from("old"));
    stream.emit("end");
  });
  return stream as Readable;
}
