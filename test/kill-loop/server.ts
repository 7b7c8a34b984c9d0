/** A node as its supervisor has it: `perdure start`, started again whenever it has ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { createId } from "../../src/core/ids.ts";
import { createHttpClient } from "../../src/protocol/http-client.ts";
import { createRuns, createTasks } from "../../src/sdk/internal.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import { endWithUs } from "./end-with-us.ts";
import { FOLDER_VARIABLE } from "./failpoints.ts";
import type { Place } from "./place.ts";
import { isOurs, listWorkers } from "./processes.ts";

export const SECRET_KEY = "a-secret-key-of-the-kill-loop";
const BIN = resolve(import.meta.dirname, "../../src/cli/bin.ts");
const PRELOAD = resolve(import.meta.dirname, "mortal-node.ts");
const WORKERS_EACH = 2;
const CONCURRENCY = 8;
const STARTED_WITHIN_MS = 60_000;

const env = createSystemEnv();

export class Server {
  readonly #place: Place;
  readonly #port: number;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #closed: Promise<string | number | null> = Promise.resolve(null);
  #ready: Promise<void> = Promise.resolve();
  /** Every process that was part of it. */
  readonly pids = new Set<number>();

  constructor(place: Place, port: number, name: string) {
    this.#place = place;
    this.#port = port;
    this.#log = join(place.folder, `${name}.log`);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its worker processes that are alive. */
  get workers(): readonly number[] {
    const workers = listWorkers(this.#place.folder, this.pid);
    for (const pid of workers) this.pids.add(pid);
    return workers;
  }

  start(): void {
    const { folder, root, db } = this.#place;
    const options = ["--port", String(this.#port), "--db", db, "--workers", String(WORKERS_EACH)];
    const child = spawn(
      process.execPath,
      ["--import", PRELOAD, BIN, "start", ...options, "--concurrency", String(CONCURRENCY)],
      {
        cwd: root,
        env: {
          PATH: process.env["PATH"],
          PERDURE_SECRET_KEY: SECRET_KEY,
          PERDURE_ENCRYPTION_KEY: "5a".repeat(32),
          [FOLDER_VARIABLE]: folder,
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    endWithUs(child);
    this.#child = child;
    this.pids.add(child.pid ?? 0);
    const note = (line: string) => appendFileSync(this.#log, `${child.pid} ${line}\n`);
    let sayReady: () => void = () => undefined;
    this.#ready = new Promise((resolve) => {
      sayReady = resolve;
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      note(line);
      if (line.includes('"Perdure is ready."')) sayReady();
    });
    createInterface({ input: child.stderr }).on("line", (line) => note(`! ${line}`));
    this.#closed = once(child, "close").then(([code, signal]) => (signal ?? code) as string | number | null);
  }

  /** @returns False when it ended before. */
  async untilReady(): Promise<boolean> {
    const isLate = AbortSignal.timeout(STARTED_WITHIN_MS);
    const late = once(isLate, "abort").then(() => {
      throw new Error(`The node ${this.pid} was not ready in ${STARTED_WITHIN_MS} ms; see ${this.#log}`);
    });
    return Promise.race([this.#ready.then(() => true), this.#closed.then(() => false), late]);
  }

  /** @returns The signal that ended it, or its exit code. */
  ended(): Promise<string | number | null> {
    return this.#closed;
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#closed;
  }

  async stop(): Promise<string | number | null> {
    this.#child?.kill("SIGTERM");
    return this.#closed;
  }

  /** Processes that should have ended with it and have not. */
  async leftovers(): Promise<readonly number[]> {
    void this.workers;
    const until = performance.now() + 10_000;
    const alive = () => [...this.pids].filter(isOurs);
    while (alive().length > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    return alive();
  }
}

export type Application = ReturnType<typeof applicationOf>;

/** What an application has of a node: the SDK, over HTTP. */
export function applicationOf(url: string) {
  const calls = createHttpClient({ url, secretKey: SECRET_KEY, env });
  const client = () => ({ calls, newId: (kind: "run" | "batch") => createId(kind, env) });
  return { runs: createRuns(client), tasks: createTasks(client, (id) => ({ id })) };
}
