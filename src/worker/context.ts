import { AsyncLocalStorage } from "node:async_hooks";
import { host, type RunScope } from "../sdk/index.ts";
import type { Effects } from "./effects/effects.ts";
import type { RunLog } from "./run-log.ts";

/** What the worker itself looks for beside what the SDK does. */
export interface WorkerScope extends RunScope {
  readonly runLog: RunLog;
  /** Absent where nothing is recorded without being asked. */
  readonly effects?: Effects;
}

const current = new AsyncLocalStorage<WorkerScope | undefined>();

/** Runs `code` so that the SDK's functions, called from it however deep, find this run. */
export function inScope<Result>(scope: WorkerScope, code: () => Result): Result {
  host().currentRun = currentScope;
  return current.run(scope, code);
}

/** Runs `code` as code outside of every run: what it does is nobody's effect. */
export function outsideRuns<Result>(code: () => Result): Result {
  return current.run(undefined, code);
}

/** Calls that are answered in this process perhaps, by code that is no run's: what it does is nobody's effect. */
export function callsOutsideRuns<Calls extends object>(calls: Calls): Calls {
  const outside = Object.entries(calls).map(([name, call]) => [
    name,
    (...given: unknown[]) => outsideRuns(() => (call as (...given: unknown[]) => unknown).apply(calls, given)),
  ]);
  return Object.fromEntries(outside) as Calls;
}

/** The effects of the run whose code is calling, where they are recorded. */
export function currentEffects(): Effects | undefined {
  return current.getStore()?.effects;
}

/** The log of the run whose code is calling. */
export function currentLog(): RunLog | undefined {
  return current.getStore()?.runLog;
}

function currentScope(): RunScope | undefined {
  return current.getStore();
}
