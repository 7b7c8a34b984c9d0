import childProcess, { execFile, spawn, spawnSync } from "node:child_process";
import { Console } from "node:console";
import dgram from "node:dgram";
import { once } from "node:events";
import fs, { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import http2 from "node:http2";
import { createRequire } from "node:module";
import net from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import tls from "node:tls";
import { promisify } from "node:util";
import workerThreads from "node:worker_threads";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { temporaryFolder } from "../../../test/store/open-toy.ts";
import { findPlace } from "../../core/stack-place.ts";
import { inScope, outsideRuns, type WorkerScope } from "../context.ts";
import type { Effects } from "../effects/effects.ts";
import { interceptUnrecorded } from "./unrecorded.ts";

const require = createRequire(import.meta.url);
// As packages do that are loaded before anything is replaced.
const { mkdirSync: captured } = fs;
const early = childProcess.spawn;

beforeAll(() => interceptUnrecorded());

/** Executes `code` as that of a run. @returns What the run was told, and where. */
async function marksOf(code: () => unknown, effects = createEffects()) {
  await inScope({ effects } as unknown as WorkerScope, async () => code());
  return effects.told;
}

function createEffects() {
  const told: { what: string; where: string | undefined }[] = [];
  const unrecorded: Effects["unrecorded"] = ({ what, stack }) => {
    told.push({ what, where: findPlace(stack, import.meta.dirname) });
  };
  return { told, unrecorded } as unknown as Effects & { readonly told: typeof told };
}

const whats = async (code: () => unknown, effects?: ReturnType<typeof createEffects>) =>
  (await marksOf(code, effects)).map(({ what }) => what);

/** Executes `code` in a run that may do nothing of the kind. */
function strictly(code: () => unknown): unknown {
  const unrecorded: Effects["unrecorded"] = ({ what }) => {
    throw new Error(`refused: ${what}`);
  };
  return inScope({ effects: { unrecorded } } as unknown as WorkerScope, code);
}

/** A server that answers what it is told. @returns Its port. */
async function echo(): Promise<number> {
  const server = net.createServer((socket) => socket.on("error", () => undefined).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

describe("files", () => {
  it("a write is told once, with its name and the line, whichever form it has", async () => {
    const file = join(temporaryFolder(), "out.csv");
    const marks = await marksOf(async () => {
      writeFileSync(file, "secret");
      await writeFile(file, "secret");
      await new Promise((resolve) => fs.writeFile(file, "secret", resolve));
      await promisify(fs.appendFile)(file, " more");
      await finished(fs.createWriteStream(file, { flags: "a" }).end(" still"));
      const Stream = fs.WriteStream as unknown as new (path: string, options: object) => fs.WriteStream;
      await finished(new Stream(file, { flags: "a" }).end("."));
    });
    expect(marks.map(({ what }) => what)).toEqual([
      "node:fs writeFileSync out.csv",
      "node:fs writeFile out.csv",
      "node:fs writeFile out.csv",
      "node:fs appendFile out.csv",
      "node:fs createWriteStream out.csv",
      "node:fs WriteStream out.csv",
    ]);
    for (const { where } of marks) expect(where).toMatch(/^unrecorded\.test\.ts:\d+:\d+$/);
    expect(new Set(marks.map(({ where }) => where)).size).toBe(marks.length);
    expect(await text(createReadStream(file))).toBe("secret more still.");
  });

  it("what Node does for one call, in later turns too, is no act of its own", async () => {
    const folder = temporaryFolder();
    fs.mkdirSync(join(folder, "a", "b"), { recursive: true });
    fs.writeFileSync(join(folder, "a", "b", "c"), "1");
    expect(
      await whats(async () => {
        await fs.promises.cp(join(folder, "a"), join(folder, "copy"), { recursive: true });
        await rm(join(folder, "a"), { recursive: true });
        await new Promise((resolve) => fs.rm(join(folder, "copy"), { recursive: true }, resolve));
      }),
    ).toEqual(["node:fs cp copy", "node:fs rm a", "node:fs rm copy"]);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it("what a call leads to in the code of the run is told as well", async () => {
    const folder = temporaryFolder();
    const stream = () => createReadStream(import.meta.filename);
    const marks = await whats(async () => {
      const read = stream();
      await new Promise<void>((resolve) =>
        read.once("data", () => {
          fs.writeFileSync(join(folder, "head"), "1");
          read.destroy();
          resolve();
        }),
      );
    });
    expect(marks).toEqual(["node:fs createReadStream unrecorded.test.ts", "node:fs writeFileSync head"]);
  });

  it("questions about a file, and acts on a descriptor, are not told", async () => {
    const file = join(temporaryFolder(), "file");
    fs.writeFileSync(file, "");
    const descriptor = fs.openSync(file, "r+");
    expect(
      await whats(async () => {
        fs.existsSync(file);
        fs.statSync(file);
        await fs.promises.access(file);
        fs.writeSync(descriptor, "1");
        fs.writeFileSync(descriptor, "2");
        expect(fs.readFileSync(descriptor, "utf8")).toBe("");
        await finished(fs.createWriteStream(file, { fd: descriptor, autoClose: false }).end("3"));
      }),
    ).toEqual([]);
    fs.closeSync(descriptor);
    expect(readFileSync(file, "utf8")).toBe("123");
  });

  it("settings of the machine are read untold, and written told", async () => {
    const home = temporaryFolder();
    vi.stubEnv("HOME", home);
    fs.mkdirSync(join(home, ".aws"));
    fs.writeFileSync(join(home, ".aws", "config"), "region = nowhere");
    fs.writeFileSync(join(home, "notes"), "1");
    const marks = await whats(async () => {
      expect(await readFile(join(home, ".aws", "config"), "utf8")).toBe("region = nowhere");
      fs.readFileSync(join(home, "notes"));
      fs.writeFileSync(join(home, ".aws", "config"), "");
    });
    expect(marks).toEqual(["node:fs readFileSync notes", "node:fs writeFileSync config"]);
  });

  it("keep their names, lengths and classes", () => {
    expect([fs.readFile.name, fs.readFile.length]).toEqual(["readFile", 3]);
    expect(createReadStream(import.meta.filename).destroy()).toBeInstanceOf(fs.ReadStream);
    expect(fs.mkdirSync).not.toBe(captured);
    expect(childProcess.spawn).not.toBe(early);
    expect(() => fs.readFileSync(join(import.meta.dirname, "none"))).toThrow("ENOENT");
  });
});

it("loading modules is not told, nor what they read while they are loaded", async () => {
  const folder = join(temporaryFolder(), "node_modules", "lazy");
  fs.mkdirSync(folder, { recursive: true });
  const reads = `readFileSync(new URL("data.json", require("node:url").pathToFileURL(__filename)), "utf8")`;
  fs.writeFileSync(join(folder, "data.json"), `{ "n": 1 }`);
  fs.writeFileSync(
    join(folder, "index.cjs"),
    `const { readFileSync } = require("node:fs");
     module.exports = { data: ${reads}, json: require("./data.json"), read: () => ${reads} };`,
  );
  fs.writeFileSync(join(folder, "index.mjs"), `export { default as lazy } from "./index.cjs";`);
  const effects = createEffects();
  expect(
    await whats(async () => {
      const { lazy } = (await import(join(folder, "index.mjs"))) as { lazy: { json: unknown; read: () => string } };
      expect([lazy.json, require(join(folder, "index.cjs"))]).toEqual([{ n: 1 }, lazy]);
      expect(effects.told).toEqual([]);
      lazy.read();
    }, effects),
  ).toEqual(["node:fs readFileSync data.json"]);
});

it("output is not told", async () => {
  expect(
    await whats(() => {
      process.stdout.write("");
      process.stderr.write("");
      new Console(process.stdout).debug("");
    }),
  ).toEqual([]);
});

describe("connections", () => {
  it("a connection is told when it is opened, and not when it is used", async () => {
    const port = await echo();
    const told = await whats(async () => {
      const socket = net.connect(port, "127.0.0.1");
      socket.end("hello");
      expect(await text(socket)).toBe("hello");
      const other = new net.Socket();
      other.connect({ port, host: "localhost" });
      other.write("1");
      other.write("2");
      other.end();
      expect(await text(other)).toBe("12");
    });
    expect(told).toEqual([`a TCP connection to 127.0.0.1:${port}`, `a TCP connection to localhost:${port}`]);
  });

  it("one that outlives the run which opened it is told to every other run that uses it, once", async () => {
    const socket = net.connect(await echo(), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    const use = () => {
      socket.write("1");
      socket.write("2");
    };
    const mark = `a write to the connection with 127.0.0.1:${socket.remotePort}`;
    const effects = createEffects();
    expect(await whats(use, effects)).toEqual([mark]);
    expect(await whats(use, effects)).toEqual([mark]);
    expect(await whats(use)).toEqual([mark]);
  });

  it("TLS, HTTP/2, WebSocket and datagrams are each told once", async () => {
    const port = await echo();
    const ignore = (socket: { on(event: "error", listener: () => void): unknown; destroy(): unknown }) => {
      socket.on("error", () => undefined);
      return socket;
    };
    const told = await whats(async () => {
      const plain = ignore(net.connect(port, "127.0.0.1"));
      ignore(tls.connect({ socket: plain as net.Socket }));
      ignore(tls.connect(port, "127.0.0.1"));
      const session = http2.connect(`http://user:secret@127.0.0.1:${port}/path`);
      ignore(session);
      ignore(session.request({ ":path": "/secret" }));
      const socket = new WebSocket(`ws://127.0.0.1:${port}/secret`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      session.destroy();
      socket.close();
      const udp = dgram.createSocket("udp4");
      udp.send("secret", port, "127.0.0.1", () => udp.close());
      udp.send("secret", port, "127.0.0.1");
    });
    expect(told).toEqual([
      `a TCP connection to 127.0.0.1:${port}`,
      `a TLS connection to 127.0.0.1:${port}`,
      `an HTTP/2 connection to 127.0.0.1:${port}`,
      `a WebSocket to 127.0.0.1:${port}`,
      `node:dgram send to 127.0.0.1:${port}`,
    ]);
  });

  it("a request over an HTTP/2 session of another run is told", async () => {
    const session = http2.connect(`http://127.0.0.1:${await echo()}`).on("error", () => undefined);
    onTestFinished(() => session.destroy());
    const request = () => void session.request({ ":path": "/secret" }).on("error", () => undefined);
    expect(await whats(request)).toEqual([expect.stringMatching(/^an HTTP\/2 request/)]);
  });

  it("those of HTTP requests are not, whoever makes them", async () => {
    const server = http.createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    expect(
      await whats(async () => {
        expect(await outsideRuns(async () => (await fetch(url)).text())).toBe("hello");
        const [response] = await once(http.get(url, { agent: new http.Agent() }), "response");
        expect(await text(response)).toBe("hello");
      }),
    ).toEqual([]);
  });
});

describe("processes, threads and databases", () => {
  it("a child process is told by the name of its program alone", async () => {
    const module = join(temporaryFolder(), "none.mjs");
    const told = await whats(async () => {
      const child = spawn("/bin/cat", ["--", "-"]);
      child.stdin.end("hello");
      expect(await text(child.stdout)).toBe("hello");
      expect((await promisify(childProcess.exec)("TOKEN=secret echo secret")).stdout).toBe("secret\n");
      await promisify(execFile)("true", ["secret"]);
      spawnSync("echo secret $(x)", { shell: true });
      childProcess.execSync("echo 'secret'");
      await once(childProcess.fork(module, { silent: true }), "exit");
    });
    expect(told).toEqual([
      "node:child_process spawn cat",
      "node:child_process exec echo",
      "node:child_process execFile true",
      "node:child_process spawnSync echo",
      "node:child_process execSync echo",
      "node:child_process fork none.mjs",
    ]);
  });

  it("a worker thread is told, its own class or one that extends it", async () => {
    const { Worker } = workerThreads;
    class Own extends Worker {}
    const told = await whats(async () => {
      const worker = new Own("0", { eval: true });
      expect([worker instanceof Own, worker instanceof Worker]).toEqual([true, true]);
      await once(worker, "exit");
    });
    expect(told).toEqual(["node:worker_threads Worker"]);
  });

  it("a SQLite file is told when it is opened, and to other runs when it is used; a database in memory is not", async () => {
    const { DatabaseSync } = await import("node:sqlite");
    const file = join(temporaryFolder(), "app.db");
    const shared = new DatabaseSync(file);
    const told = await whats(() => {
      shared.exec("create table t (n)");
      shared.prepare("insert into t values (1)").run();
      const own = new DatabaseSync(file);
      own.exec("insert into t values (2)");
      own.close();
      const memory = new DatabaseSync(":memory:");
      memory.exec("create table t (n)");
      memory.close();
    });
    expect(told).toEqual(["node:sqlite exec", "node:sqlite DatabaseSync app.db"]);
    expect(shared.prepare("select sum(n) as sum from t").get()).toEqual({ sum: 3 });
    shared.close();
  });
});

describe("where nothing of the kind is allowed", () => {
  it("functions and classes throw, and promises reject, before anything has happened", async () => {
    const file = join(temporaryFolder(), "none");
    const port = await echo();
    const refused = /^refused: /;
    expect(() => strictly(() => writeFileSync(file, ""))).toThrow("refused: node:fs writeFileSync none");
    expect(() => strictly(() => fs.writeFile(file, "", () => undefined))).toThrow(refused);
    expect(() => strictly(() => fs.createWriteStream(file))).toThrow(refused);
    expect(() => strictly(() => net.connect(port))).toThrow(refused);
    expect(() => strictly(() => new workerThreads.Worker("0", { eval: true }))).toThrow(refused);
    await expect(strictly(() => writeFile(file, ""))).rejects.toThrow(refused);
    await expect(strictly(() => promisify(childProcess.exec)(`touch ${file}`))).rejects.toThrow(refused);
    expect(fs.existsSync(file)).toBe(false);
  });
});

it("outside of runs, and in a step, nothing is told", async () => {
  const scope = { effects: undefined } as unknown as WorkerScope;
  const effects = createEffects();
  expect(
    await whats(async () => {
      await inScope(scope, () => readFile(import.meta.filename));
      outsideRuns(() => readFileSync(import.meta.filename));
    }, effects),
  ).toEqual([]);
});
