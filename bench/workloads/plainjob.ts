/** The peer: https://github.com/justplainstuff/plainjob, a queue on SQLite. Why this one: docs/decisions/0007-bench-peers.md. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Connection, defineQueue, defineWorker, JobStatus } from "plainjob";
import { createGate } from "../gate.ts";
import type { Place } from "../metrics.ts";
import { PAYLOAD, type Queue, type QueueOptions } from "./queue.ts";

const SILENT = { error: console.error, warn: () => {}, info: () => {}, debug: () => {} };
const POLL_MS = 1;

export async function openPlainjob(
  { subject, folder }: Place,
  { concurrency, expected }: QueueOptions,
): Promise<Queue> {
  const connection = connect(join(folder, "plainjob.db"), subject === "plainjob-full");
  const queue = defineQueue({ connection, logger: SILENT });
  const gate = createGate();
  const done = createGate();
  let count = 0;
  // One worker does one job at a time; those of one process share its connection.
  const workers = Array.from({ length: concurrency }, () =>
    defineWorker("noop", () => gate.passed, {
      queue,
      logger: SILENT,
      pollIntervall: POLL_MS,
      onCompleted: () => {
        if (++count === expected) done.open();
      },
    }),
  );
  return {
    enqueue: async () => void queue.add("noop", PAYLOAD),
    enqueueMany: async (jobs) =>
      void queue.addMany(
        "noop",
        Array.from({ length: jobs }, () => PAYLOAD),
      ),
    async drain() {
      gate.open();
      for (const worker of workers) void worker.start();
      await done.passed;
      if (queue.countJobs({ status: JobStatus.Done }) !== expected)
        throw new Error("plainjob has not done all its jobs");
    },
  };
}

/** Its own adapters are for better-sqlite3 and Bun; on `node:sqlite` it runs over the driver that we use too. */
function connect(filename: string, isFull: boolean): Connection {
  const database = new DatabaseSync(filename);
  const pragma = (text: string) => {
    // It sets `synchronous = 1`, NORMAL, which gives up its last commits at a power failure.
    database.exec(`pragma ${isFull && text.startsWith("synchronous") ? "synchronous = full" : text}`);
  };
  const transaction = (act: Act) =>
    Object.assign(inTransaction(database, "begin", act), {
      immediate: inTransaction(database, "begin immediate", act),
    });
  return {
    driver: "better-sqlite3",
    filename,
    pragma,
    exec: (text) => database.exec(text),
    prepare: (text) => database.prepare(text) as unknown as ReturnType<Connection["prepare"]>,
    transaction: transaction as unknown as Connection["transaction"],
    close: () => database.close(),
  };
}

type Act = (...args: unknown[]) => unknown;

function inTransaction(database: DatabaseSync, begin: string, act: Act): Act {
  return (...args) => {
    database.exec(begin);
    try {
      const result = act(...args);
      database.exec("commit");
      return result;
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  };
}
