import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Env, sleep } from "../core/env.ts";
import type { Runtime } from "../core/runtime.ts";
import { createPipe, type Pipe, type PipeOptions } from "../protocol/pipe.ts";
import { BEATS_FD, type Beat, PIPE_FD } from "../protocol/worker-process.ts";
import { readLines } from "./output.ts";

export interface ChildOptions {
  readonly env: Env;
  readonly program: URL;
  readonly runtime: Runtime;
  /** Memory that it may use, its heap and everything beside it. */
  readonly memoryMb?: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly answer: PipeOptions["answer"];
  readonly onNews: PipeOptions["onNews"];
  readonly onProblem: (error: unknown) => void;
  readonly onBeat: (beat: Beat) => void;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
  /** It runs no more; what it said last may still be on its way here. */
  readonly onExit: () => void;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface Child {
  /** Undefined when the operating system refused to start it. */
  readonly pid: number | undefined;
  readonly pipe: Pipe;
  /** Resolves when it has ended and all that it said has been heard. */
  readonly ended: Promise<ProcessEnd>;
  kill(): void;
}

/** What a process said before its end is here soon after it; a grandchild that inherited its output may keep that open. */
const LAST_WORDS_MS = 500;

/** Starts the program of a worker, with a pipe and a heart of its own beside the three descriptors that user code knows. */
export function startChild(options: ChildOptions): Child {
  const { env, program, variables, onProblem, onLine } = options;
  const child = spawn(executableOf(options), [...flags(options), fileURLToPath(program)], {
    env: variables,
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
  });
  const ended = ending(child, options);
  readLines(child.stdout as Readable, (line) => onLine("stdout", line));
  readLines(child.stderr as Readable, (line) => onLine("stderr", line));
  readLines(child.stdio[BEATS_FD] as Readable, (line) => hearBeat(line, options));
  const pipe = createPipe({
    env,
    duplex: child.stdio[PIPE_FD] as Socket,
    answer: options.answer,
    onNews: options.onNews,
    onClosed(problem) {
      if (problem !== undefined) onProblem(problem);
      // It ends by itself when its pipe does, unless its event loop cannot notice, or code of a task has closed the pipe.
      const patience = env.timer(LAST_WORDS_MS, () => child.kill("SIGKILL"));
      void ended.then(() => patience.clear());
    },
  });
  return { pid: child.pid, pipe, ended, kill: () => void child.kill("SIGKILL") };
}

/** Of the memory of a process, what its old generation may have: the rest is for code, stacks, young objects and buffers. */
const HEAP_SHARE = 0.8;

/** The runtime that we run on ourselves, or the one that is found in the path. */
function executableOf({ runtime }: ChildOptions): string {
  const own: Runtime = process.versions["bun"] === undefined ? "node" : "bun";
  return runtime === own ? process.execPath : runtime;
}

/** Bun maps stacks by itself, and its heap takes no limit: there the look at the whole process is the only one. */
function flags({ runtime, memoryMb }: ChildOptions): readonly string[] {
  if (runtime === "bun") return [];
  // The stack of what a task throws names the lines that its author wrote, not those of the bundle.
  const always = ["--enable-source-maps"];
  return memoryMb === undefined ? always : [...always, `--max-old-space-size=${Math.round(memoryMb * HEAP_SHARE)}`];
}

async function ending(child: ChildProcess, { env, onProblem, onExit }: ChildOptions): Promise<ProcessEnd> {
  // Once its descriptors are closed: standard output, the pipe and the heart.
  const isHeardOut = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const end = await new Promise<ProcessEnd>((resolve) => {
    child.on("exit", (exitCode, signal) => resolve({ exitCode, signal }));
    child.on("error", (error) => {
      onProblem(error);
      if (child.pid === undefined) resolve({ exitCode: null, signal: null });
    });
  });
  onExit();
  const heardOut = new AbortController();
  await Promise.race([isHeardOut, sleep(env, LAST_WORDS_MS, heardOut.signal)]);
  heardOut.abort();
  // A program that the process started and left behind may hold them open for ever.
  for (const stream of child.stdio) stream?.destroy();
  return end;
}

function hearBeat(line: string, { onBeat, onProblem }: ChildOptions): void {
  try {
    onBeat(JSON.parse(line) as Beat);
  } catch (error) {
    onProblem(error);
  }
}
