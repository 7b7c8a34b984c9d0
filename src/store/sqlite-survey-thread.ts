/** The thread that counts: reads of all runs, one after the other, on a connection of its own. */
import { parentPort, workerData } from "node:worker_threads";
import type { Verbs } from "./assemble-store.ts";
import { type Outcome, rejected } from "./outcome.ts";
import { createSeal, NONCE_BYTES } from "./seal.ts";
import { keepConnection, READER_PRAGMAS } from "./sqlite-connection.ts";
import { loadSqlite } from "./sqlite-driver.ts";
import { createSqliteReader } from "./sqlite-executor.ts";

export interface SurveyThreadStart {
  readonly path: string;
  readonly key: Uint8Array;
  /** URL of the module that exports the verbs. */
  readonly verbs: string;
}

export type SurveyMessage = { readonly verb: string; readonly params: unknown } | "close";

if (parentPort === null) throw new Error("This module is the entry of a worker thread");
const port = parentPort;
const { path, key, verbs } = workerData as SurveyThreadStart;
const { reads } = (await import(verbs)) as Verbs;
const keeper = keepConnection(path, await loadSqlite(), READER_PRAGMAS);
// It opens and never closes anything, so that its nonces need not differ.
const seal = createSeal(key, new Uint8Array(NONCE_BYTES), path);
const reader = createSqliteReader(keeper, reads, { seal });

port.on("message", (message: SurveyMessage) => {
  if (message === "close") {
    keeper.drop();
    return port.close();
  }
  port.postMessage(answer(message));
});

function answer({ verb, params }: Exclude<SurveyMessage, "close">): Outcome {
  try {
    return { result: reader.read(verb, params) };
  } catch (error) {
    return rejected(error);
  }
}
