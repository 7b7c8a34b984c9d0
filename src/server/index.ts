/**
 * The server: the edge of a node. `dispatch.ts` is where every call ends, whatever carried it: it checks the input against
 * the schemas of `protocol` and hands it to the engine. `node.ts` puts store, engine and dispatch together.
 *
 * It composes engine, store and, for those who ask over HTTP, `app.ts` (who may ask, and in which language: `http/`). It decides
 * nothing about runs, and never imports the SDK or the worker, which live in the user's process. Calls come in as plain data
 * over any transport and leave as plain data or as an error with a code.
 */
export { SHORTEST_KEY } from "./authenticate.ts";
export type { CrewReport } from "./crew-report.ts";
export { createDispatch, type Dispatch } from "./dispatch.ts";
export type { Listening } from "./listen.ts";
export { createMetrics } from "./metrics/metrics.ts";
export { createMonitor } from "./monitor.ts";
export { startNode } from "./node.ts";
export { openHttp } from "./open-http.ts";
