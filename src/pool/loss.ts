import type { LossCause } from "../core/lost-process.ts";
import type { PulseLimits } from "./pulse.ts";
import type { WorkerEnd } from "./worker-process.ts";

export interface LossCircumstances {
  readonly limits: PulseLimits;
  readonly memoryMb: number | undefined;
  /** By its last beat. */
  readonly rssMb: number;
  /** It has printed that its heap is full. */
  readonly isHeapFull: boolean;
}

/** Says what became of a process, for the rule that blames its runs. */
export function causeOf(end: WorkerEnd, { limits, memoryMb, rssMb, isHeapFull }: LossCircumstances): LossCause {
  if (end.killedFor === "duration") return { kind: "overran" };
  if (end.killedFor === "hang") return { kind: "hung", afterMs: limits.hangTimeoutMs };
  if (end.killedFor === "memory" || (isHeapFull && isAborted(end))) {
    return {
      kind: "out of memory",
      ...(memoryMb === undefined ? {} : { limitMb: memoryMb }),
      ...(rssMb === 0 ? {} : { usedMb: rssMb }),
    };
  }
  return { kind: "died", how: howOf(end) };
}

/** What V8 prints when its heap has reached its limit, before a stack of its own that is longer than the lines we keep. */
export function saysHeapIsFull(line: string): boolean {
  return line.startsWith("FATAL ERROR: ") && line.includes("heap out of memory");
}

/** Where there are no signals, and through a shell, an exit code says the same. */
function isAborted({ exitCode, signal }: WorkerEnd): boolean {
  return signal === "SIGABRT" || exitCode === ABORTED;
}

const ABORTED = 134;

function howOf({ exitCode, signal, killedFor }: WorkerEnd): string {
  if (killedFor === "heartbeat") return "since its heart had stopped";
  if (signal !== null) return `by ${signal}`;
  return exitCode === null ? "before it began" : `with exit code ${exitCode}`;
}
