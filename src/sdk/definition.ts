import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { TaskManifest } from "../protocol/client-calls.ts";
import type { RunContext } from "./context.ts";

/** What the worker needs to run a task, with the types taken off. */
export interface TaskDefinition {
  readonly manifest: TaskManifest;
  readonly schema?: StandardSchemaV1;
  readonly run: (payload: unknown, tools: RunTools) => unknown;
}

export interface RunTools {
  readonly ctx: RunContext;
  /** Aborted when the run is canceled or exceeds its `maxDuration`. */
  readonly signal: AbortSignal;
}

/** Where a task keeps its definition; a registered symbol, so that two copies of the SDK understand each other. */
export const DEFINITION: unique symbol = Symbol.for("perdure.task") as never;
