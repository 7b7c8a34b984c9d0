/**
 * The embedded mode: a node and a worker in the user's own process, `createPerdure({ db, tasks })`.
 *
 * Nothing is decided here: no rule, no SQL, no way of running code. `create-perdure.ts` puts together what `server`, `worker`
 * and `sdk` offer in their index files, with function calls as the transport between them, and makes the instance known to
 * the SDK so that `task.trigger()` finds it. A call goes from the SDK to the node's dispatch, a run from the node's engine to
 * the worker; `options.ts` is what users may say about both.
 */
export type { AlertOptions, EmailOptions, WebhookOptions } from "../core/alert-options.ts";
export type { LogLine } from "../core/log-line.ts";
export type { LogsOptions } from "../core/logs-options.ts";
export { createPerdure, type Perdure } from "./create-perdure.ts";
/** @internal */
export * from "./internal.ts";
export type { HttpOptions, PerdureOptions } from "./options.ts";
