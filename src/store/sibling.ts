import { Worker } from "node:worker_threads";

/** A module of this folder by its URL: a `.ts` file here, a `.js` file once compiled. */
export function siblingUrl(name: string): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./${name}.${extension}`, import.meta.url);
}

/** A thread that runs a module of this folder. It does not get the flags of the process: `--input-type` alone would end it. */
export function startWorker(name: string, workerData: object): Worker {
  return new Worker(siblingUrl(name), { workerData, name: `perdure-${name}`, execArgv: [] });
}
