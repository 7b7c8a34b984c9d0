import type { Runtime } from "../core/runtime.ts";

/** What this process runs on. */
export function ownRuntime(): Runtime {
  return process.versions["bun"] === undefined ? "node" : "bun";
}
