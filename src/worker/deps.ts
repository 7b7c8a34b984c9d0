import type { EffectPolicy } from "../core/effect-mode.ts";
import type { Env } from "../core/env.ts";
import type { Redact } from "../core/redact.ts";
import type { LeaseKey } from "../core/run.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import type { Client } from "../sdk/index.ts";
import type { LogOutbox } from "./log-outbox.ts";
import type { Registry } from "./registry.ts";
import type { Stall } from "./stalls.ts";
import type { StoreClock } from "./store-clock.ts";

export interface WorkerOptions {
  readonly env: Env;
  readonly calls: WorkerCalls;
  readonly client: Client;
  readonly registry: Registry;
  readonly environmentId: string;
  /** Of the code in the registry: the worker gets runs that belong to it and, when it is the latest, to none yet. Absent: any. */
  readonly version?: string;
  /** Runs that execute at once. */
  readonly concurrency: number;
  /** Waiting runs that are kept in memory. 0: every wait continues by replay. */
  readonly keepWarm: number;
  /** How effects outside of steps are treated where a task says nothing. */
  readonly effects: EffectPolicy;
  /** How long a request for runs stays open at the node. */
  readonly leaseWaitMs: number;
  /** Called before the code of these runs is executed. */
  readonly onBegin?: (leases: readonly LeaseKey[]) => void;
  /** Called of a run that is given up because the node has not answered: whoever kept it for this worker waits in vain. */
  readonly onGivenUp?: (lease: LeaseKey) => void;
  /** How late the event loop is just now, where somebody watches it. */
  readonly stall?: () => Stall;
  /** Takes secrets out of what is logged. */
  readonly redact: Redact;
  readonly onProblem: (error: unknown) => void;
}

/** What a worker is made of; everything that touches the world comes in here. */
export interface WorkerDeps {
  readonly env: Env;
  readonly workerId: string;
  readonly calls: WorkerCalls;
  /** For triggers from inside a step, which are no entries of the journal. */
  readonly client: Client;
  readonly registry: Registry;
  /** Where a task says nothing; of a task it is `effectsOf`. */
  readonly effects: EffectPolicy;
  readonly environmentId: string;
  /** The store's clock, as far as the node's answers tell. */
  readonly storeClock: Pick<StoreClock, "now" | "isCertain">;
  /** How late the event loop is just now, and how many runs execute on it. */
  readonly ownStall: () => { readonly stall: Stall | undefined; readonly runs: number };
  /** Renews every lease of this worker now; resolves when the node has answered, or after a while. */
  readonly confirmLeases: () => Promise<void>;
  /** An execution needs its slot no more, though its report is not on disk yet; it has held it for so long. */
  readonly onReporting: (heldMs: number) => void;
  readonly onGivenUp: (lease: LeaseKey) => void;
  /** Takes secrets out of what is logged. */
  readonly redact: Redact;
  readonly logs: LogOutbox;
  readonly onProblem: (error: unknown) => void;
}
