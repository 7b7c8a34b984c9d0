import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { type PerdureError, perdureError } from "../core/errors.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { createPipe, type Duplex, type PipeOptions } from "./pipe.ts";

/** The other end is the test: it sees each write and says what it likes. */
function openEnd(options: Partial<PipeOptions> = {}) {
  const writes: string[] = [];
  const hear: { data: (text: string) => void; close: () => void } = { data: () => undefined, close: () => undefined };
  const seen = { isDestroyed: false, closed: [] as (Error | undefined)[], news: [] as unknown[] };
  const duplex: Duplex = {
    setEncoding: () => undefined,
    write: (text) => writes.push(text),
    on(event: string, listener: (text: string) => void) {
      if (event === "data") hear.data = listener;
      if (event === "close") hear.close = listener as () => void;
    },
    destroy: () => {
      seen.isDestroyed = true;
    },
  };
  const env = createVirtualEnv();
  const pipe = createPipe({
    env,
    duplex,
    answer: async (call, input) => ({ call, input }),
    onNews: (name, content) => seen.news.push([name, content]),
    onClosed: (problem) => seen.closed.push(problem),
    ...options,
  });
  return { env, pipe, writes, seen, say: (text: string) => hear.data(text), hangUp: () => hear.close() };
}

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Two ends of a real socket. */
async function socketPair(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const here = connect((server.address() as { port: number }).port, "127.0.0.1");
  const [there] = (await once(server, "connection")) as [Socket];
  sockets.push(here, there);
  return [here, there];
}

function pipeOver(duplex: Socket, answer: PipeOptions["answer"]) {
  const env = { turn: (action: () => void) => void setImmediate(action) };
  return createPipe({ env, duplex, answer, onNews: () => undefined, onClosed: () => undefined });
}

describe("a pipe", () => {
  it("writes what one turn says at once", async () => {
    const { env, pipe, writes } = openEnd();
    pipe.tell("a", 1);
    pipe.tell("b", 2);
    void pipe.ask("lease", { limit: 3 });
    expect(writes).toEqual([]);
    await env.advance(0);
    expect(writes).toHaveLength(1);
    expect(writes[0]?.split("\n")).toHaveLength(4);
    pipe.tell("c", 3);
    await env.advance(0);
    expect(writes).toHaveLength(2);
  });

  it("does not gather more than a string can be", () => {
    const { pipe, writes } = openEnd();
    for (let i = 0; i < 4; i++) pipe.tell("much", "x".repeat(600_000));
    expect(writes).toHaveLength(2);
  });

  it("gives each answer to the one who asked, in whatever order they come", async () => {
    const { pipe, say } = openEnd();
    const [first, second, third] = [pipe.ask("a", 1), pipe.ask("b", 2), pipe.ask("c", 3)];
    say('{"id":3}\n{"id":1,"ok":"one"}\n{"id":2,"ok":null}\n');
    expect(await Promise.all([first, second, third])).toEqual(["one", null, undefined]);
  });

  it("answers what the other side asks, and hears what it says", async () => {
    const { env, say, writes, seen } = openEnd();
    say('{"id":7,"call":"lease","input":{"limit":1}}\n{"news":"poke","content":"run_1"}\n');
    await env.advance(0);
    expect(writes).toEqual(['{"id":7,"ok":{"call":"lease","input":{"limit":1}}}\n']);
    expect(seen.news).toEqual([["poke", "run_1"]]);
  });

  it("puts messages together from chunks of any size", async () => {
    const { pipe, say } = openEnd();
    const asked = pipe.ask("a", 1);
    for (const character of '{"id":1,"ok":"long"}\n') say(character);
    expect(await asked).toBe("long");
  });

  it("keeps characters whole that two chunks share, and newlines in values", async () => {
    const [here, there] = await socketPair();
    const asked = pipeOver(here, async () => undefined).ask("a", undefined);
    await once(there, "data");
    const bytes = Buffer.from('{"id":1,"ok":"Grüße 🦊\\n漢字"}\n');
    for (let i = 0; i < bytes.length; i += 1) {
      there.write(bytes.subarray(i, i + 1));
      await new Promise(setImmediate);
    }
    expect(await asked).toBe("Grüße 🦊\n漢字");
  });

  it("carries huge messages both ways", async () => {
    const [here, there] = await socketPair();
    pipeOver(there, async (_, input) => input);
    const huge = "é".repeat(20_000_000);
    expect((await pipeOver(here, async () => undefined).ask("echo", huge)) === huge).toBe(true);
  });

  it("throws at the one who asked what the other side threw, with its code, details and status", async () => {
    const [here, there] = await socketPair();
    pipeOver(there, async (call) => {
      if (call === "defect") throw new TypeError("x is not a function");
      if (call === "unwritable") return { loop: 1n };
      throw perdureError("RUN_NOT_FOUND", { runId: "run_1" });
    });
    const pipe = pipeOver(here, async () => undefined);
    const error = await pipe.ask("retrieve", {}).catch((thrown: unknown) => thrown as PerdureError);
    expect(error).toMatchObject({ code: "RUN_NOT_FOUND", status: 404, details: { runId: "run_1" } });
    expect((error as PerdureError).message).toBe(perdureError("RUN_NOT_FOUND", { runId: "run_1" }).message);
    await expect(pipe.ask("defect", {})).rejects.toMatchObject({ code: "INTERNAL", status: 500 });
    await expect(pipe.ask("unwritable", {})).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("passes over an answer to nothing that is open", async () => {
    const { pipe, say, seen } = openEnd();
    const asked = pipe.ask("a", 1);
    say('{"id":99,"ok":1}\n{"id":1,"ok":"once"}\n{"id":1,"ok":"twice"}\n');
    expect(await asked).toBe("once");
    expect(seen.isDestroyed).toBe(false);
  });

  it.each(["nonsense", "7", "null", '{"ok":1}', '{"id":"1","ok":1}', '{"id":1,"call":2}', '{"id":1,"error":3}'])(
    "cuts off a side that says %s",
    async (line) => {
      const { pipe, say, seen } = openEnd();
      const asked = pipe.ask("lease", {});
      say(`${line}\n{"id":1,"ok":"too late"}\n`);
      await expect(asked).rejects.toMatchObject({ code: "PIPE_CLOSED", details: { call: "lease" } });
      expect(seen.isDestroyed).toBe(true);
      expect(seen.closed).toMatchObject([{ code: "PIPE_BROKEN", details: { line } }]);
    },
  );

  it("rejects what is open when it closes, and what is asked afterwards", async () => {
    const { pipe, seen, hangUp } = openEnd();
    const asked = pipe.ask("finish", {});
    hangUp();
    hangUp();
    await expect(asked).rejects.toMatchObject({ code: "PIPE_CLOSED", status: 503 });
    await expect(pipe.ask("lease", {})).rejects.toMatchObject({ code: "PIPE_CLOSED" });
    expect(seen.closed).toEqual([undefined]);
  });

  it("writes nothing once it is closed", async () => {
    const { env, pipe, writes } = openEnd();
    pipe.tell("a", 1);
    pipe.close();
    pipe.tell("b", 2);
    await env.advance(0);
    expect(writes).toEqual([]);
  });
});
