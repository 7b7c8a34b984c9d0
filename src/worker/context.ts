import { AsyncLocalStorage } from "node:async_hooks";
import { host, type RunScope } from "../sdk/index.ts";
import type { RunLog } from "./run-log.ts";

/** What the worker itself looks for beside what the SDK does. */
export interface WorkerScope extends RunScope {
  readonly runLog: RunLog;
}

const current = new AsyncLocalStorage<WorkerScope>();

/** Runs `code` so that the SDK's functions, called from it however deep, find this run. */
export function inScope<Result>(scope: WorkerScope, code: () => Result): Result {
  host().currentRun = currentScope;
  return current.run(scope, code);
}

/** The log of the run whose code is calling. */
export function currentLog(): RunLog | undefined {
  return current.getStore()?.runLog;
}

function currentScope(): RunScope | undefined {
  return current.getStore();
}
