/** The program of a worker process of the loop: that of the product, whose calls have failpoints. It says that it lives by a file. */
import { announceWorker } from "./processes.ts";
import { replaceModules } from "./replace.ts";

replaceModules({ "worker/remote-calls.ts": "parts/remote-calls.ts" });
announceWorker();
await import("../../src/worker/process.ts");
