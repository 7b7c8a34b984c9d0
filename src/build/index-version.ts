import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "../core/child-environment.ts";
import type { Env } from "../core/env.ts";
import type { TaskManifest } from "../core/task-manifest.ts";
import { BUNDLE_FILE } from "./bundle.ts";
import { type IndexEnding, tasksOf } from "./index-ending.ts";
import type { FoundTask, IndexAnswer } from "./index-process.ts";

export interface IndexOptions {
  /** The project's folder: where the process runs, and what places in errors are relative to. */
  readonly root: string;
  readonly env: Env;
  /** How long the import may take before the process is killed. */
  readonly timeoutMs: number;
  /** Environment variables of the tasks. Default: none. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Variables that the tasks have no right to; an import that fails after it asked for one is told why. Default: none. */
  readonly unnamed?: readonly string[];
  /** Ends the import early; what is thrown then is its reason. */
  readonly signal?: AbortSignal;
}

/** The end of what a dying process says is what it died of. */
const OUTPUT_CHARACTERS = 2_000;

/**
 * The manifests of a version's tasks, read by importing its bundle in a process of its own.
 *
 * @param folder - That of the version.
 * @throws {PerdureError} `TASK_FILE_THREW`, `TASK_FILES_HUNG`, `TASK_FILES_EXITED`, `TASKS_NOT_EXPORTED`, `TASK_DUPLICATE`.
 */
export async function indexVersion(folder: string, options: IndexOptions): Promise<readonly TaskManifest[]> {
  return (await findTasks(folder, options)).map(({ manifest }) => manifest);
}

/** The same, with the places where the tasks were found. */
export async function findTasks(folder: string, options: IndexOptions): Promise<readonly FoundTask[]> {
  const child = startProcess(join(folder, BUNDLE_FILE), options);
  const ending = await awaitEnding(child, options);
  await stop(child);
  options.signal?.throwIfAborted();
  return tasksOf(ending, options.root);
}

/** The process does not get the flags of ours, and what it prints is not ours to print. */
function startProcess(bundle: string, { root, variables = {}, unnamed = [] }: IndexOptions): ChildProcess {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const program = fileURLToPath(new URL(`./index-process.${extension}`, import.meta.url));
  return fork(program, [bundle, JSON.stringify(unnamed)], {
    cwd: root,
    env: { ...childEnvironment(process.env, []), ...variables },
    execArgv: ["--enable-source-maps"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

function awaitEnding(child: ChildProcess, { env, timeoutMs, signal }: IndexOptions): Promise<IndexEnding> {
  let output = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-OUTPUT_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    const timer = env.timer(timeoutMs, () => end({ kind: "hung", timeoutMs }));
    const giveUp = () => end({ kind: "hung", timeoutMs });
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) giveUp();
    child.once("message", (answer) => end(answer as IndexAnswer));
    child.once("close", (code, signal) => end({ kind: "exited", code, signal, output }));
    child.once("error", (error) => {
      timer.clear();
      reject(error);
    });

    function end(ending: IndexEnding): void {
      timer.clear();
      signal?.removeEventListener("abort", giveUp);
      resolve(ending);
    }
  });
}

/** Killed, not asked: code that hangs does not hear, and code that has answered may have left servers and timers behind. */
async function stop(child: ChildProcess): Promise<void> {
  // A process that it started may hold the other end open.
  child.stderr?.destroy();
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
