import * as undici8 from "undici";
import * as undici6 from "undici-6";
import * as undici7 from "undici-7";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../test/free-port.ts";
import { collectGarbage } from "../../../test/interception/collect-garbage.ts";
import { outcomeOf, type Program, tryOut } from "../../../test/interception/undici-outcome.ts";
import { openAskedServer } from "../../../test/interception/undici-server.ts";
import { asRun, RecordingTape } from "../../../test/interception/undici-tape.ts";
import { interceptUndici, type UndiciInterception } from "./undici.ts";

/** Of each copy its own classes: version 8 takes no other. */
type Client = Pick<typeof globalThis, "fetch" | "FormData" | "Headers" | "Request">;

const CLIENTS = {
  "Node's own": { fetch, FormData, Headers, Request },
  "undici 8": undici8 as unknown as Client,
  "undici 7": undici7 as unknown as Client,
  "undici 6": undici6 as unknown as Client,
};

const json = { method: "POST", headers: { "content-type": "application/json", "X-Own": "mine" } };

/** How many requests each makes, and what it does. */
const PROGRAMS: Readonly<Record<string, readonly [number, (client: Client, base: string) => Promise<unknown>]>> = {
  "a GET": [1, async ({ fetch }, base) => whole(await fetch(`${base}/echo?a=1&b=c%20d#part`))],
  "a GET that ends in a question mark": [1, async ({ fetch }, base) => whole(await fetch(`${base}/echo?`))],
  "a POST of JSON": [1, async ({ fetch }, base) => whole(await fetch(`${base}/echo`, { ...json, body: '{"é":1}' }))],
  "a POST without a body": [1, async ({ fetch }, base) => whole(await fetch(`${base}/echo`, { method: "POST" }))],
  "headers of a class": [
    1,
    async ({ fetch, Headers }, base) => whole(await fetch(`${base}/echo`, { headers: new Headers([["x-own", "é"]]) })),
  ],
  "a form with a file": [
    1,
    async ({ fetch, FormData }, base) => {
      const form = new FormData();
      form.append("name", "Ada");
      form.append("file", new File(["line\n"], "ä.txt", { type: "text/plain" }));
      return whole(await fetch(`${base}/echo`, { method: "POST", body: form }));
    },
  ],
  "a blob": [
    1,
    async ({ fetch }, base) =>
      whole(await fetch(`${base}/echo`, { method: "PUT", body: new Blob(["blob"], { type: "text/x-own" }) })),
  ],
  "search parameters": [
    1,
    async ({ fetch }, base) =>
      whole(await fetch(`${base}/echo`, { method: "POST", body: new URLSearchParams({ q: "a b" }) })),
  ],
  bytes: [
    1,
    async ({ fetch }, base) =>
      whole(await fetch(`${base}/echo`, { method: "POST", body: new Uint8Array([0, 255, 7]).subarray(1) })),
  ],
  "a stream": [
    1,
    async ({ fetch }, base) => whole(await fetch(`${base}/echo`, upload(ReadableStream.from(toBytes(["one", "two"]))))),
  ],
  "a request object": [
    1,
    async ({ fetch, Request }, base) => whole(await fetch(new Request(`${base}/echo`, { ...json, body: "{}" }))),
  ],
  redirects: [3, async ({ fetch }, base) => whole(await fetch(`${base}/redirect`))],
  "redirects that are not followed": [
    1,
    async ({ fetch }, base) => whole(await fetch(`${base}/redirect`, { redirect: "manual" })),
  ],
  "a body that is zipped": [1, async ({ fetch }, base) => whole(await fetch(`${base}/gzip`))],
  "events, and a request at the first": [
    2,
    async ({ fetch }, base) => {
      const response = await fetch(`${base}/events`);
      let text = "";
      let second: unknown;
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        second ??= await whole(await fetch(`${base}/echo?second`));
      }
      return { text, second };
    },
  ],
  "a long body that is read slowly": [
    1,
    async ({ fetch }, base) => {
      let length = 0;
      for await (const chunk of (await fetch(`${base}/long`)).body ?? []) {
        length += chunk.byteLength;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return length;
    },
  ],
  "an abort before the request": [
    0,
    ({ fetch }, base) => outcomeOf(() => fetch(`${base}/echo`, { signal: AbortSignal.abort() })),
  ],
  "an abort before the head": [
    1,
    ({ fetch }, base) =>
      outcomeOf(async () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 50);
        setTimeout(collectGarbage, 25);
        return await fetch(`${base}/silent`, { signal: controller.signal });
      }),
  ],
  "an abort with a reason in the middle of the body": [
    1,
    ({ fetch }, base) =>
      outcomeOf(async () => {
        const controller = new AbortController();
        const response = await fetch(`${base}/drip`, { signal: controller.signal });
        const reader = response.body?.getReader();
        const first = await reader?.read();
        expect(Buffer.from(first?.value ?? []).toString()).toBe("first");
        controller.abort(new Error("enough"));
        return await reader?.read();
      }),
  ],
  "a body that is canceled": [
    2,
    async ({ fetch }, base) => {
      const response = await fetch(`${base}/drip`);
      await response.body?.cancel();
      return whole(await fetch(`${base}/echo?after`));
    },
  ],
  "a timeout": [1, ({ fetch }, base) => outcomeOf(() => fetch(`${base}/silent`, { signal: AbortSignal.timeout(50) }))],
  "a refused connection": [1, ({ fetch }) => outcomeOf(() => fetch(`http://127.0.0.1:${nobodysPort}/`))],
  "a host that is not known": [1, ({ fetch }) => outcomeOf(() => fetch("http://nowhere.invalid/"))],
  "a connection that is cut in the middle of the body": [
    1,
    ({ fetch }, base) => outcomeOf(async () => whole(await fetch(`${base}/cut`))),
  ],
  "a connection that is cut before the head": [
    1,
    ({ fetch }, base) => outcomeOf(async () => whole(await fetch(`${base}/hang-up`))),
  ],
  "an informational response": [1, async ({ fetch }, base) => whole(await fetch(`${base}/early`))],
  "a response without a body": [1, async ({ fetch }, base) => whole(await fetch(`${base}/nothing`))],
  "a HEAD": [1, async ({ fetch }, base) => whole(await fetch(`${base}/gzip`, { method: "HEAD" }))],
  "trailers, which nobody sees": [1, async ({ fetch }, base) => whole(await fetch(`${base}/trailers`))],
  "an error of the server": [1, async ({ fetch }, base) => whole(await fetch(`${base}/missing`))],
  "parallel requests that are equal": [
    5,
    ({ fetch }, base) =>
      Promise.all(Array.from({ length: 5 }, async () => whole(await fetch(`${base}/echo`, { ...json, body: "[]" })))),
  ],
};

let interception: UndiciInterception;
let nobodysPort: number;
beforeAll(async () => {
  nobodysPort = await freePort();
  interception = interceptUndici();
});
afterAll(() => interception.restore());

describe.each(Object.entries(CLIENTS))("fetch of %s", (_, client) => {
  it.each(Object.entries(PROGRAMS))(
    "gives the same live, recorded and replayed: %s",
    async (_name, [count, program]) => {
      const { plain, recorded, replayed, tape, requests } = await tryOut(((base) => program(client, base)) as Program);
      expect(recorded).toEqual(plain);
      expect(replayed["in turns"]).toEqual(plain);
      expect(replayed["at once"]).toEqual(plain);
      expect(tape.urls).toHaveLength(count);
      expect(tape.unrecordedEffects).toEqual([]);
      expect(requests.recorded).toEqual(requests.plain);
      expect(requests.replayed).toEqual([]);
    },
  );

  it("does not send a body that fails while it is read, and gives the same error", async () => {
    const program: Program = (base) =>
      outcomeOf(async () => whole(await client.fetch(`${base}/echo`, upload(ReadableStream.from(failing())))));
    const server = await openAskedServer();
    const tape = new RecordingTape();
    const recorded = await asRun(tape, () => program(server.base));
    // Had anything of it left, it would have come before this.
    await client.fetch(`${server.base}/echo`);
    expect(server.requests).toEqual([{ method: "GET", path: "/echo" }]);
    expect(tape.urls).toEqual([]);
    expect(recorded).toEqual(await program(server.base));
    expect(recorded).toMatchObject({ error: { cause: { name: "RangeError", message: "nothing left" } } });
    await server.close();
  });
});

async function whole(response: Response): Promise<unknown> {
  const { status, statusText, url, redirected, type } = response;
  // Of the instant at which the server answered.
  const headers = [...response.headers].filter(([name]) => name !== "date");
  return { status, statusText, url, redirected, type, headers, body: await response.text() };
}

function upload(body: ReadableStream): RequestInit {
  return { method: "POST", body, duplex: "half" };
}

function* toBytes(parts: readonly string[]): Generator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("one");
  await new Promise((resolve) => setImmediate(resolve));
  throw new RangeError("nothing left");
}
