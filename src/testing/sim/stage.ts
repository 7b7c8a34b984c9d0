import type { AnyTask, RunContext } from "../../sdk/index.ts";
import type { Hearer, OutgoingRequest, Sending } from "../../worker/index.ts";
import { createDigest, type Digest } from "./digest.ts";
import type { Deed } from "./history.ts";
import type { AskedOutside } from "./outside.ts";
import type { TaskName } from "./program.ts";

/** What the code of simulated runs can do in its process beside calling the SDK. */
export interface Hands {
  sleep(ms: number): Promise<void>;
  /** Takes the process down. */
  die(): void;
  /** Says what was done or seen, to the history, unless the process is dead. */
  tell(said: Said): void;
  /** A number that was never given before: no two executions of a step return the same. */
  fresh(): number;
  /** Makes a request of somebody else's server. */
  send(asked: AskedOutside, request: OutgoingRequest, hearer: Hearer): Sending;
}

export type Said = Pick<Deed, "runId" | "attempt" | "execution" | "place" | "kind" | "seen">;

/** Where a program is performed: in one execution of a run's code, and there in one of its branches. */
export interface Stage {
  readonly hands: Hands;
  readonly tasks: Readonly<Record<TaskName, AnyTask>>;
  readonly ctx: RunContext;
  /** Of the run's code from its top. It may go on under several leases. */
  readonly execution: number;
  /** All that this execution has seen, in the order in which it did. */
  readonly sight: Digest;
  /** What this branch has come to. It does not depend on the order in which branches go on. */
  readonly trail: Digest;
}

export function tell({ hands, ctx, execution }: Stage, place: string, kind: Deed["kind"], seen?: unknown): void {
  hands.tell({ runId: ctx.run.id, attempt: ctx.attempt.number, execution, place, kind, seen });
}

/** A branch beside others. */
export function branchOf(stage: Stage): Stage {
  return { ...stage, trail: createDigest() };
}
