import type { LossCause } from "../core/lost-process.ts";
import type { PulseLimits } from "./pulse.ts";
import type { WorkerEnd } from "./worker-process.ts";

export interface LossCircumstances {
  readonly limits: PulseLimits;
  readonly memoryMb: number | undefined;
  /** By its last beat. */
  readonly rssMb: number;
  /** What it printed last to standard error. */
  readonly lastLines: string;
}

/** Says what became of a process, for the rule that blames its runs. */
export function causeOf(end: WorkerEnd, { limits, memoryMb, rssMb, lastLines }: LossCircumstances): LossCause {
  if (end.killedFor === "duration") return { kind: "overran" };
  if (end.killedFor === "hang") return { kind: "hung", afterMs: limits.hangTimeoutMs };
  if (end.killedFor === "memory" || HEAP_IS_FULL.test(lastLines)) {
    return {
      kind: "out of memory",
      ...(memoryMb === undefined ? {} : { limitMb: memoryMb }),
      ...(rssMb === 0 ? {} : { usedMb: rssMb }),
    };
  }
  return { kind: "died", how: howOf(end) };
}

/** The last words of V8 when its heap has reached its limit. */
const HEAP_IS_FULL = /JavaScript heap out of memory|Reached heap limit/;

function howOf({ exitCode, signal, killedFor }: WorkerEnd): string {
  if (killedFor === "heartbeat") return "since its heart had stopped";
  if (signal !== null) return `by ${signal}`;
  return exitCode === null ? "before it began" : `with exit code ${exitCode}`;
}
