import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter, once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import * as undici8 from "undici";
import * as undici6 from "undici-6";
import * as undici7 from "undici-7";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AskedServer, openAskedServer } from "../../../test/interception/undici-server.ts";
import { asRun, RecordingTape, ReplayingTape } from "../../../test/interception/undici-tape.ts";
import { temporaryFolder } from "../../../test/store/open-toy.ts";
import { perdureError } from "../../core/errors.ts";
import { currentEffects } from "../context.ts";
import { interceptUndici, type UndiciInterception } from "./undici.ts";

type Package = typeof undici8;

const PACKAGES = {
  "undici 8": undici8,
  "undici 7": undici7 as unknown as Package,
  "undici 6": undici6 as unknown as Package,
};
const GLOBALS = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

let interception: UndiciInterception;
let server: AskedServer;
let tape: RecordingTape;
let globalsBefore: unknown[];
beforeEach(async () => {
  interception = interceptUndici();
  globalsBefore = GLOBALS.map((symbol) => Reflect.get(globalThis, symbol));
  server = await openAskedServer();
  tape = new RecordingTape();
});
afterEach(async () => {
  GLOBALS.forEach((symbol, at) => {
    Reflect.set(globalThis, symbol, globalsBefore[at]);
  });
  interception.restore();
  await server.close();
});

describe("a run's requests", () => {
  it("are its own: of two at once, and of code outside", async () => {
    const other = new RecordingTape();
    const work = async (name: string) => {
      for (let round = 0; round < 20; round++) await (await fetch(`${server.base}/echo?${name}${round}`)).text();
      return name;
    };
    await Promise.all([asRun(tape, () => work("a")), work("outside"), asRun(other, () => work("b"))]);
    expect(tape.urls).toEqual(Array.from({ length: 20 }, (_, round) => `${server.base}/echo?a${round}`));
    expect(other.urls).toEqual(Array.from({ length: 20 }, (_, round) => `${server.base}/echo?b${round}`));
    expect(server.requests).toHaveLength(60);
  });

  it("share their connections", async () => {
    await asRun(tape, async () => {
      for (let round = 0; round < 5; round++) await (await fetch(`${server.base}/echo`)).text();
    });
    expect([tape.urls.length, server.requests.length]).toEqual([5, 5]);
    // How many it keeps is undici's choice.
    expect(server.connections).toBeLessThan(5);
  });

  it("are described as they go over the wire", async () => {
    const form = new FormData();
    form.append("a", "1");
    await asRun(tape, async () => {
      await fetch(`${server.base}/echo?q=1#here`, { method: "POST", headers: { "X-Own": "caf\u00e9" }, body: "é" });
      await fetch(`${server.base}/echo`, { method: "PUT", body: form });
      await undici8.request(`${server.base}/echo`, { method: "DELETE", headers: { list: ["1", "2"] } });
    });
    const [first, second, third] = tape.entries.map(({ request }) => request);
    expect(first).toMatchObject({ method: "POST", url: `${server.base}/echo?q=1`, body: Buffer.from("é") });
    expect(first?.headers).toEqual(expect.arrayContaining(["X-Own", "caf\u00e9", "content-type"]));
    expect(String(second?.body)).toMatch(/^-+formdata-undici-\d+\r\nContent-Disposition: form-data; name="a"\r\n\r\n1/);
    expect(third).toEqual({
      method: "DELETE",
      url: `${server.base}/echo`,
      headers: ["list", "1", "list", "2"],
      body: undefined,
    });
  });

  it("keep what was in their bodies when they were made", async () => {
    const body = Buffer.from("before");
    const asked = asRun(tape, () => undici8.request(`${server.base}/echo`, { method: "POST", body }));
    body.fill("x");
    expect(await (await asked).body.json()).toMatchObject({ body: "before" });
  });

  it("are answered in the context in which they were made, in a replay as well", async () => {
    const own = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const ask = () =>
      own.run("mine", async () => {
        const agent = new undici8.Agent();
        await new Promise<void>((resolve) => {
          const note = (what: string) => seen.push([what, own.getStore(), currentEffects()?.constructor.name]);
          agent.dispatch(
            { origin: server.base, path: "/echo", method: "GET" },
            {
              onRequestStart: () => note("start"),
              onResponseStart: () => note("head"),
              onResponseData: () => note("chunk"),
              onResponseEnd: () => {
                note("end");
                resolve();
              },
              onResponseError: () => note("error"),
            },
          );
        });
        await agent.destroy();
      });
    await asRun(tape, ask);
    await asRun(new ReplayingTape(tape, "in turns"), ask);
    const moments = ["start", "head", "chunk", "end"];
    expect(seen).toEqual([
      ...moments.map((moment) => [moment, "mine", "RecordingTape"]),
      ...moments.map((moment) => [moment, "mine", "ReplayingTape"]),
    ]);
  });

  it("are no longer found once the interception has ended", async () => {
    interception.restore();
    await asRun(tape, async () => (await fetch(`${server.base}/echo`)).text());
    await asRun(tape, async () =>
      (await new undici8.Client(server.base).request({ path: "/echo", method: "GET" })).body.text(),
    );
    expect([tape.urls.length, server.requests.length]).toEqual([0, 2]);
  });
});

describe.each(Object.entries(PACKAGES))("with %s", (_, undici) => {
  it("a global dispatcher that is set later is found, and is still the one that was set", async () => {
    const dispatchers = [
      new undici.Agent(),
      new undici.Agent().compose(undici.interceptors.retry({ maxRetries: 1 })),
      new undici.EnvHttpProxyAgent(),
    ];
    for (const dispatcher of dispatchers) {
      undici.setGlobalDispatcher(dispatcher);
      expect(undici.getGlobalDispatcher()).toBe(dispatcher);
      await asRun(tape, async () => {
        await (await fetch(`${server.base}/echo`)).text();
        await (await undici.request(`${server.base}/echo`)).body.text();
      });
      await dispatcher.destroy();
    }
    expect([tape.urls.length, server.requests.length]).toEqual([6, 6]);
  });

  it.each(["old", "new"] as const)(
    "a handler of the %s style that wants no more for now gets no more",
    async (style) => {
      // Version 6 knows the old style only, version 8 the new one.
      if (style === (undici === PACKAGES["undici 6"] ? "new" : undici === undici8 ? "old" : "none")) return;
      const listen = async () => {
        const listener = new SlowListener();
        const agent = new undici.Agent();
        const handler = style === "old" ? listener.old : listener.new;
        agent.dispatch({ origin: server.base, path: "/long", method: "GET" }, handler as never);
        await listener.ended;
        await agent.destroy();
        return [listener.size, listener.intrusions];
      };
      expect(await asRun(tape, listen)).toEqual([64 * 64 * 1024, 0]);
      expect(tape.entries[0]?.sounds.length).toBeGreaterThan(10);
      expect(await asRun(new ReplayingTape(tape, "in turns"), listen)).toEqual([64 * 64 * 1024, 0]);
      expect(await asRun(new ReplayingTape(tape, "at once"), listen)).toEqual([64 * 64 * 1024, 0]);
      expect(server.requests).toHaveLength(1);
    },
  );

  it("a handler that throws aborts its request and hears of it", async () => {
    const agent = new undici.Agent();
    const mistake = new Error("my mistake");
    const heard = await asRun(
      tape,
      () =>
        new Promise((resolve) => {
          const handler = {
            onConnect() {},
            onHeaders() {
              throw mistake;
            },
            onData: () => true,
            onComplete: () => resolve("complete"),
            onError: resolve,
            ...(undici === PACKAGES["undici 6"]
              ? {}
              : {
                  onRequestStart() {},
                  onResponseStart() {
                    throw mistake;
                  },
                  onResponseData() {},
                  onResponseEnd: () => resolve("end"),
                  onResponseError: (_controller: unknown, error: unknown) => resolve(error),
                }),
          };
          agent.dispatch({ origin: server.base, path: "/drip", method: "GET" }, handler as never);
        }),
    );
    expect(heard).toBe(mistake);
    expect(tape.entries[0]?.isAborted).toBe(true);
    await agent.destroy();
  });

  it("a connection that is handed over is marked, and its listeners are the run's", async () => {
    const agent = new undici.Agent();
    const heard = await asRun(tape, async () => {
      const { socket } = await agent.upgrade({ origin: server.base, path: "/chat?key=1", protocol: "shout" } as never);
      const answer = once(socket, "data").then(([data]) => String(data));
      const effects = new Promise((resolve) => socket.once("data", () => resolve(currentEffects())));
      socket.write("hello");
      const outcome = [await answer, (await effects) === tape];
      socket.destroy();
      return outcome;
    });
    expect(heard).toEqual(["HELLO", true]);
    expect(tape.urls).toEqual([]);
    expect(tape.unrecordedEffects).toEqual([
      {
        kind: "an HTTP connection",
        what: `an HTTP upgrade at ${new URL(server.base).host}`,
        stack: expect.stringContaining("undici.test.ts"),
      },
    ]);
    await agent.destroy();
  });

  it("a body that is too long to be kept is sent, and is marked", async () => {
    const megabyte = Buffer.alloc(1024 * 1024);
    async function* body(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < 65; sent++) yield megabyte;
    }
    const answer = await asRun(tape, async () =>
      (await undici.request(`${server.base}/size?key=1`, { method: "POST", body: body() as never })).body.text(),
    );
    expect(answer).toBe(String(65 * megabyte.length));
    expect(tape.urls).toEqual([]);
    expect(tape.unrecordedEffects).toEqual([
      {
        kind: "a long request",
        what: `an HTTP request with a body of more than 64 MB (POST ${server.base}/size)`,
        stack: expect.stringContaining("undici.test.ts"),
      },
    ]);
  });

  it("a dispatcher that does not say where it goes is marked", async () => {
    const pool = new undici.BalancedPool(server.base);
    const answer = await asRun(tape, async () =>
      (await pool.request({ path: "/echo", method: "GET" } as never)).body.text(),
    );
    expect(answer).toContain("/echo");
    expect(tape.unrecordedEffects.map(({ what }) => what)).toEqual([
      "an HTTP request by a dispatcher of undici that does not say where it goes",
    ]);
    await pool.destroy();
  });

  it("what is refused is not sent", async () => {
    const refusal = perdureError("RUN_NOT_FOUND", { runId: "run_any" });
    const refuse = () => {
      throw refusal;
    };
    const strict = Object.assign(new RecordingTape(), { request: refuse, unrecorded: refuse });
    const agent = new undici.Agent();
    await asRun(strict, async () => {
      await expect(agent.request({ origin: server.base, path: "/echo", method: "GET" })).rejects.toBe(refusal);
      await expect(agent.upgrade({ origin: server.base, path: "/chat" } as never)).rejects.toBe(refusal);
    });
    expect(server.requests).toEqual([]);
    await agent.destroy();
  });
});

it("an emitter that is no dispatcher is left alone, while it is being made as well", () => {
  class Store extends EventEmitter {
    readonly #state = { count: 0 };
    get dispatch(): number {
      return this.#state.count;
    }
    close(): void {}
    destroy(): void {}
  }
  const { get } = Object.getOwnPropertyDescriptor(Store.prototype, "dispatch") ?? {};
  expect(new Store().dispatch).toBe(0);
  expect(Object.getOwnPropertyDescriptor(Store.prototype, "dispatch")?.get).toBe(get);
});

it("a WebSocket of Node is marked", async () => {
  await asRun(tape, () => once(new WebSocket(`${server.base.replace("http", "ws")}/chat?key=1`), "error"));
  expect(tape.unrecordedEffects).toEqual([
    {
      kind: "an HTTP connection",
      what: `a WebSocket to ${new URL(server.base).host}`,
      stack: expect.stringContaining("undici.test.ts"),
    },
  ]);
});

it("a copy that is in a bundle, and is loaded by the run itself, is found", async () => {
  const folder = temporaryFolder();
  const bundle = join(folder, "bundle.cjs");
  await build({
    stdin: { contents: 'module.exports = require("undici");', resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    platform: "node",
    outfile: bundle,
  });
  await asRun(tape, async () => {
    const { Client, request, fetch: bundledFetch } = createRequire(import.meta.url)(bundle) as Package;
    const client = new Client(server.base);
    await (await client.request({ path: "/echo?client", method: "GET" })).body.text();
    await client.destroy();
    await (await request(`${server.base}/echo?request`)).body.text();
    await (await bundledFetch(`${server.base}/echo?bundled`)).text();
    await (await fetch(`${server.base}/echo?fetch`)).text();
  });
  expect(tape.urls.map((url) => new URL(url).search)).toEqual(["?client", "?request", "?bundled", "?fetch"]);
});

/** Takes one chunk, then rests for a turn. */
class SlowListener {
  size = 0;
  /** How often it got something while it rested. */
  intrusions = 0;
  readonly ended: Promise<unknown>;
  #end: (outcome: unknown) => void = () => {};
  #isResting = false;

  constructor() {
    this.ended = new Promise((resolve, reject) => {
      this.#end = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
  }

  #take(chunk: Buffer, resume: () => void): void {
    if (this.#isResting) this.intrusions++;
    this.size += chunk.length;
    this.#isResting = true;
    setImmediate(() => {
      this.#isResting = false;
      resume();
    });
  }

  get old(): object {
    let goOn = () => {};
    return {
      onConnect() {},
      onHeaders(_status: number, _headers: unknown, resume: () => void) {
        goOn = resume;
        return true;
      },
      onData: (chunk: Buffer) => {
        this.#take(chunk, goOn);
        return false;
      },
      onComplete: () => this.#end(undefined),
      onError: (error: Error) => this.#end(error),
    };
  }

  get new(): object {
    return {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData: (controller: { pause(): void; resume(): void }, chunk: Buffer) => {
        this.#take(chunk, () => controller.resume());
        controller.pause();
      },
      onResponseEnd: () => this.#end(undefined),
      onResponseError: (_: unknown, error: Error) => this.#end(error),
    };
  }
}
