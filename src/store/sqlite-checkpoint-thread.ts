/**
 * The thread that moves what was written from the log into the database file, on a connection of its own, so that no commit
 * has to. It never waits for anyone: a checkpoint that finds the file busy is done the next time.
 */
import { parentPort, workerData } from "node:worker_threads";
import { type Durability, keepConnection, pragmasOf } from "./sqlite-connection.ts";
import { loadSqlite } from "./sqlite-driver.ts";

export interface CheckpointThreadStart {
  readonly path: string;
  readonly durability: Durability;
}

/** `passive` copies what it can; `truncate` also gives the log's space back, and is for idle moments. */
export type CheckpointMessage = "passive" | "truncate" | "close";

if (parentPort === null) throw new Error("This module is the entry of a worker thread");
const port = parentPort;
const { path, durability } = workerData as CheckpointThreadStart;
const keeper = keepConnection(path, await loadSqlite(), pragmasOf(durability, 0));

port.on("message", (message: CheckpointMessage) => {
  if (message === "close") {
    keeper.drop();
    return port.close();
  }
  try {
    keeper.current().execute(`pragma wal_checkpoint(${message})`);
  } catch {
    keeper.drop();
  }
  port.postMessage("done");
});
