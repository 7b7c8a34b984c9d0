import { isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import type { WorkerEnd } from "./worker-process.ts";

/** Why a process did not come to take runs, for people: what it said itself, else how it ended, and what it printed last. */
export function startProblem(module: string, said: unknown, end: WorkerEnd, output: string): PerdureError {
  const problem = (isSilent(said) ? endOf(end) : sentenceOf(said)).replace(/\.$/, "");
  return perdureError("WORKER_START_FAILED", { module, problem, output }, { cause: said });
}

/** It ended before it could say anything. */
function isSilent(said: unknown): boolean {
  return isPerdureError(said, "PIPE_CLOSED");
}

function endOf({ exitCode, signal, killedFor }: WorkerEnd): string {
  if (killedFor === "start") return "it took too long";
  if (killedFor === "heartbeat") return "its heart stopped";
  if (killedFor === "memory") return "it needed more memory than its tasks may have";
  if (killedFor === "hang") return "its event loop hung";
  if (signal !== null) return `it was killed by ${signal}`;
  return exitCode === null ? "the operating system did not start it" : `it ended with exit code ${exitCode}`;
}

function sentenceOf(said: unknown): string {
  if (isPerdureError(said, "TASKS_UNREADABLE")) return `its tasks cannot be loaded: ${said.details["problem"]}`;
  if (isPerdureError(said)) return said.sentence;
  return said instanceof Error ? said.message : String(said);
}
