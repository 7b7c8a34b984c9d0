/**
 * The thread that owns a SQLite file. It drains its port, runs what it found in one transaction, answers in one message, and
 * what arrived meanwhile is the next batch: no lingering, since waiting a millisecond for more halves the rate.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Verbs } from "./assemble-store.ts";
import { nextBatch } from "./batches.ts";
import type { Call } from "./outcome.ts";
import { createSeal } from "./seal.ts";
import { type Durability, keepConnection, pragmasOf } from "./sqlite-connection.ts";
import { loadSqlite } from "./sqlite-driver.ts";
import { createSqliteExecutor } from "./sqlite-executor.ts";

export interface StoreThreadStart {
  readonly path: string;
  readonly durability: Durability;
  readonly key: Uint8Array;
  readonly startNonce: Uint8Array;
  /** URL of the module that exports the verbs. */
  readonly verbs: string;
}

export type StoreThreadMessage = readonly Call[] | "close";

if (parentPort === null) throw new Error("This module is the entry of a worker thread");
const port = parentPort;
const start = workerData as StoreThreadStart;
const { writes } = (await import(start.verbs)) as Verbs;
const keeper = keepConnection(start.path, await loadSqlite(), pragmasOf(start.durability));
const executor = createSqliteExecutor(keeper, writes, { seal: createSeal(start.key, start.startNonce, start.path) });

const waiting: Call[] = [];
let isClosing = false;

port.on("message", (message: StoreThreadMessage) => {
  take(message);
  drain();
});

function take(message: StoreThreadMessage): void {
  if (message === "close") isClosing = true;
  else for (const call of message) waiting.push(call);
}

function drain(): void {
  for (;;) {
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port))
      take(more.message);
    if (waiting.length === 0) break;
    port.postMessage(executor.exec(nextBatch(waiting)));
  }
  if (!isClosing) return;
  keeper.drop();
  port.close();
}
