/**
 * The worker: runs user code. It leases runs from a node, lets their code ask for effects through the journal, and reports
 * what became of them.
 *
 * From lease to report: `worker.ts` → `attempt.ts` → `execution.ts`, which is made of `journal.ts` (the order of results),
 * `recorder.ts` (their way to the disk), `steps.ts`, `waits.ts` and `metadata.ts` (what code can ask for). The SDK's functions
 * find the run that calls them through `context.ts` and `scope.ts`. Nothing here knows of engine, store or server: a node is
 * a set of calls (`protocol/worker-calls.ts`), near or far.
 */
export type { WorkerCalls } from "../protocol/worker-calls.ts";
export { callsOutsideRuns, currentEffects } from "./context.ts";
export type { Effects, Hearer, OutgoingRequest, Sending } from "./effects/effects.ts";
export { installInterception } from "./interception/install.ts";
export { loadTasks } from "./load-tasks.ts";
export { workerProcessUrl } from "./process-url.ts";
export { createRegistry } from "./registry.ts";
export { Worker } from "./worker.ts";
