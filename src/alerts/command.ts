import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import type { Env, Timer } from "../core/env.ts";
import { type AlertMessage, type Channel, type Delivery, failed, type Sent } from "./channel.ts";

export interface CommandOptions {
  readonly env: Env;
  /** Program and arguments. */
  readonly words: readonly string[];
  readonly folder: string;
  /** All of the environment that it gets, beside what the message adds. */
  readonly variables: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;
/** What it said before its end is here soon after it. */
const LAST_WORDS_MS = 500;
/** Of what it printed last, for the log. */
const OUTPUT_CHARACTERS = 2_000;

/** A program that gets the message as JSON on its standard input, and succeeds by ending with 0. */
export function commandChannel(options: CommandOptions): Channel {
  return { send: (message, delivery) => run(options, message, delivery) };
}

function run(options: CommandOptions, message: AlertMessage, { id, signal }: Delivery): Promise<Sent> {
  const { env, words, folder, variables } = options;
  const [program = "", ...args] = words;
  const child = spawn(program.startsWith(".") ? resolve(folder, program) : program, args, {
    cwd: folder,
    env: { ...variables, ...variablesOf(message, id) },
    stdio: ["pipe", "pipe", "pipe"],
    // In a group of its own, so that what it started ends with it.
    detached: true,
  });
  const output = lastWordsOf(child);
  // One that does not read what it is told closes its end, and that is its right.
  child.stdin?.on("error", () => undefined).end(`${JSON.stringify(message)}\n`);
  return new Promise((done) => {
    let timedOut = false;
    const timer = env.timer(TIMEOUT_MS, () => {
      timedOut = true;
      kill(child);
    });
    let lastWords: Timer | undefined;
    const stop = () => kill(child);
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (error) => end(failed(`${program} could not be started: ${error.message}`)));
    child.once("exit", (code, killedBy) => {
      // A process that it left behind may hold its output open for longer.
      lastWords = env.timer(LAST_WORDS_MS, judge);
      child.once("close", judge);

      function judge(): void {
        if (timedOut) end(failed(`${program} did not end within ${TIMEOUT_MS / 1_000} s${output()}`));
        else if (code === 0) end({ kind: "sent", note: "ended with 0" });
        else end(failed(`${program} ended with ${code ?? killedBy}${output()}`));
      }
    });

    function end(sent: Sent): void {
      timer.clear();
      lastWords?.clear();
      signal.removeEventListener("abort", stop);
      child.stdout?.destroy();
      child.stderr?.destroy();
      done(sent);
    }
  });
}

/** For scripts that would rather not read JSON. */
function variablesOf({ type, text, data }: AlertMessage, id: string): Record<string, string> {
  const { run, task } = data as {
    readonly run?: { readonly id: string; readonly task: string };
    readonly task?: string;
  };
  return {
    PERDURE_ALERT_ID: id,
    PERDURE_ALERT_TYPE: type,
    PERDURE_ALERT_TEXT: text.replaceAll("\0", ""),
    ...(run === undefined ? {} : { PERDURE_RUN_ID: run.id }),
    ...(run?.task === undefined && task === undefined ? {} : { PERDURE_TASK_ID: run?.task ?? task ?? "" }),
  };
}

function lastWordsOf({ stdout, stderr }: ChildProcess): () => string {
  let words = "";
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-OUTPUT_CHARACTERS);
    });
  }
  return () => (words.trim() === "" ? "" : `: ${words.trim()}`);
}

function kill({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
