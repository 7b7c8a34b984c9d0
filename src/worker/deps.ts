import type { Env } from "../core/env.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import type { Client, LogLevel } from "../sdk/index.ts";
import type { Registry } from "./registry.ts";
import type { Stall } from "./stalls.ts";
import type { StoreClock } from "./store-clock.ts";

/** What a worker is made of; everything that touches the world comes in here. */
export interface WorkerDeps {
  readonly env: Env;
  readonly calls: WorkerCalls;
  /** For triggers from inside a step, which are no entries of the journal. */
  readonly client: Client;
  readonly registry: Registry;
  readonly environmentId: string;
  /** The store's clock, as far as the node's answers tell. */
  readonly storeClock: Pick<StoreClock, "now" | "isCertain">;
  /** How late the event loop is just now, and how many runs execute on it. */
  readonly ownStall: () => { readonly stall: Stall | undefined; readonly runs: number };
  /** Renews every lease of this worker now; resolves when the node has answered, or after a while. */
  readonly confirmLeases: () => Promise<void>;
  /** An execution needs its slot no more, though its report is not on disk yet; it has held it for so long. */
  readonly onReporting: (heldMs: number) => void;
  readonly onLog: (line: LogLine) => void;
  readonly onProblem: (error: unknown) => void;
}

export interface LogLine {
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly properties?: Record<string, unknown>;
  readonly runId: string;
  readonly task: string;
  readonly attempt: number;
}
