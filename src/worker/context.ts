import { AsyncLocalStorage } from "node:async_hooks";
import { host, type RunScope } from "../sdk/index.ts";

const current = new AsyncLocalStorage<RunScope>();

/** Runs `code` so that the SDK's functions, called from it however deep, find this run. */
export function inScope<Result>(scope: RunScope, code: () => Result): Result {
  host().currentRun = currentScope;
  return current.run(scope, code);
}

function currentScope(): RunScope | undefined {
  return current.getStore();
}
