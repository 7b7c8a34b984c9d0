import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { defined } from "../../core/defined.ts";
import type { Env } from "../../core/env.ts";
import type { PerformanceAnswer } from "./perform-process.ts";
import type { Ending, Order, Performance } from "./performance.ts";
import { receivedProblem } from "./sent-problem.ts";

export interface PerformOptions {
  /** The project's folder. */
  readonly root: string;
  readonly env: Env;
  /** Environment variables of the tasks. */
  readonly variables: Readonly<Record<string, string>>;
  /** Real time that one performance may take. */
  readonly timeoutMs: number;
}

/** The end of what a dying process says is what it died of. */
const OUTPUT_CHARACTERS = 500;

/**
 * Performs a task once, in a process of its own.
 *
 * @throws {PerdureError} What the kit refuses, such as `PAYLOAD_INVALID`.
 */
export async function perform(order: Order, { root, env, variables, timeoutMs }: PerformOptions): Promise<Performance> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const program = fileURLToPath(new URL(`./perform-process.${extension}`, import.meta.url));
  const begunAt = env.monotonic();
  const child = fork(program, {
    cwd: root,
    env: variables,
    execArgv: ["--enable-source-maps"],
    // What the task prints is not ours to print.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  child.send(order);
  const answer = await untilAnswered(child, env, timeoutMs);
  await stop(child);
  if (answer.kind === "performed") return answer.performance;
  if (answer.kind === "refused") throw receivedProblem(answer.error);
  return { ending: answer, entries: 0, ms: env.monotonic() - begunAt, story: [], ...defined({ cut: order.cut }) };
}

type Broken = Extract<Ending, { kind: "hung" | "died" }>;

function untilAnswered(child: ChildProcess, env: Env, timeoutMs: number): Promise<PerformanceAnswer | Broken> {
  let output = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-OUTPUT_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    const timer = env.timer(timeoutMs, () => end({ kind: "hung", seconds: timeoutMs / 1_000 }));
    child.once("message", (answer) => end(answer as PerformanceAnswer));
    child.once("close", (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by the signal ${signal}`;
      end({ kind: "died", how: output.trim() === "" ? how : `${how}: ${output.trim()}` });
    });
    child.once("error", (error) => {
      timer.clear();
      reject(error);
    });

    function end(answer: PerformanceAnswer | Broken): void {
      timer.clear();
      resolve(answer);
    }
  });
}

/** Killed, not asked: code that hangs does not hear, and what the task has opened is nobody's any more. */
async function stop(child: ChildProcess): Promise<void> {
  child.stderr?.destroy();
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
