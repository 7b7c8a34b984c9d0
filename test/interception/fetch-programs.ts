/**
 * Programs that show what users of `fetch` see, for any copy of it.
 */

import { freePort } from "../free-port.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { outcomeOf } from "./undici-outcome.ts";

/** Of each copy its own classes: version 8 takes no other. */
export type FetchClient = Pick<typeof globalThis, "fetch" | "FormData" | "Headers" | "Request">;

const nobodysPort = await freePort();
const json = { method: "POST", headers: { "content-type": "application/json", "X-Own": "mine" } };

/** How many requests each makes, and what it does. */
export const FETCH_PROGRAMS: Readonly<
  Record<string, readonly [number, (client: FetchClient, base: string) => Promise<unknown>]>
> = {
  "a GET": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/echo?a=1&b=c%20d#part`))],
  "a GET that ends in a question mark": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/echo?`))],
  "a POST of JSON": [
    1,
    async ({ fetch }, base) => wholeResponse(await fetch(`${base}/echo`, { ...json, body: '{"é":1}' })),
  ],
  "a POST without a body": [
    1,
    async ({ fetch }, base) => wholeResponse(await fetch(`${base}/echo`, { method: "POST" })),
  ],
  "headers of a class": [
    1,
    async ({ fetch, Headers }, base) =>
      wholeResponse(await fetch(`${base}/echo`, { headers: new Headers([["x-own", "é"]]) })),
  ],
  "a form with a file": [
    1,
    async ({ fetch, FormData }, base) => {
      const form = new FormData();
      form.append("name", "Ada");
      form.append("file", new File(["line\n"], "ä.txt", { type: "text/plain" }));
      return wholeResponse(await fetch(`${base}/echo`, { method: "POST", body: form }));
    },
  ],
  "a blob": [
    1,
    async ({ fetch }, base) =>
      wholeResponse(await fetch(`${base}/echo`, { method: "PUT", body: new Blob(["blob"], { type: "text/x-own" }) })),
  ],
  "search parameters": [
    1,
    async ({ fetch }, base) =>
      wholeResponse(await fetch(`${base}/echo`, { method: "POST", body: new URLSearchParams({ q: "a b" }) })),
  ],
  bytes: [
    1,
    async ({ fetch }, base) =>
      wholeResponse(await fetch(`${base}/echo`, { method: "POST", body: new Uint8Array([0, 255, 7]).subarray(1) })),
  ],
  "a stream": [
    1,
    async ({ fetch }, base) =>
      wholeResponse(await fetch(`${base}/echo`, upload(ReadableStream.from(toBytes(["one", "two"]))))),
  ],
  "a request object": [
    1,
    async ({ fetch, Request }, base) =>
      wholeResponse(await fetch(new Request(`${base}/echo`, { ...json, body: "{}" }))),
  ],
  redirects: [3, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/redirect`))],
  "redirects that are not followed": [
    1,
    async ({ fetch }, base) => wholeResponse(await fetch(`${base}/redirect`, { redirect: "manual" })),
  ],
  "a body that is zipped": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/gzip`))],
  "events, and a request at the first": [
    2,
    async ({ fetch }, base) => {
      const response = await fetch(`${base}/events`);
      let text = "";
      let second: unknown;
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        second ??= await wholeResponse(await fetch(`${base}/echo?second`));
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
        if (Buffer.from(first?.value ?? []).toString() !== "first") return first;
        controller.abort(new Error("enough"));
        return await reader?.read();
      }),
  ],
  "a body that is canceled": [
    2,
    async ({ fetch }, base) => {
      const response = await fetch(`${base}/drip`);
      await response.body?.cancel();
      return wholeResponse(await fetch(`${base}/echo?after`));
    },
  ],
  "a timeout": [1, ({ fetch }, base) => outcomeOf(() => fetch(`${base}/silent`, { signal: AbortSignal.timeout(50) }))],
  "a refused connection": [1, ({ fetch }) => outcomeOf(() => fetch(`http://127.0.0.1:${nobodysPort}/`))],
  "a host that is not known": [1, ({ fetch }) => outcomeOf(() => fetch("http://nowhere.invalid/"))],
  "a connection that is cut in the middle of the body": [
    1,
    ({ fetch }, base) => outcomeOf(async () => wholeResponse(await fetch(`${base}/cut`))),
  ],
  "a connection that is cut before the head": [
    1,
    ({ fetch }, base) => outcomeOf(async () => wholeResponse(await fetch(`${base}/hang-up`))),
  ],
  "an informational response": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/early`))],
  "a response without a body": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/nothing`))],
  "a HEAD": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/gzip`, { method: "HEAD" }))],
  "trailers, which nobody sees": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/trailers`))],
  "an error of the server": [1, async ({ fetch }, base) => wholeResponse(await fetch(`${base}/missing`))],
  "parallel requests that are equal": [
    5,
    ({ fetch }, base) =>
      Promise.all(
        Array.from({ length: 5 }, async () => wholeResponse(await fetch(`${base}/echo`, { ...json, body: "[]" }))),
      ),
  ],
};

export async function wholeResponse(response: Response): Promise<unknown> {
  const { status, statusText, url, redirected, type } = response;
  // Of the instant at which the server answered.
  const headers = [...response.headers].filter(([name]) => name !== "date");
  return { status, statusText, url, redirected, type, headers, body: await response.text() };
}

export function upload(body: ReadableStream): RequestInit {
  return { method: "POST", body, duplex: "half" };
}

function* toBytes(parts: readonly string[]): Generator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

export async function* failingBody(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("one");
  await new Promise((resolve) => setImmediate(resolve));
  throw new RangeError("nothing left");
}
