import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Effects } from "./effects.ts";
import type { LifeOptions } from "./orders.ts";

export interface Life {
  readonly pid: number | undefined;
  readonly number: number;
  /** What it wrote to standard error. */
  complaints(): string;
  /** Resolves when it has said a line with this word; false when it ended before. */
  says(word: string): Promise<boolean>;
  /** Ends it as a power failure would. @returns false when it had ended by itself. */
  kill(): Promise<boolean>;
  /** @returns Its exit code, or the signal that ended it. */
  ended(): Promise<number | string | null>;
}

/** Starts another process of Node. */
export function startProcess(script: string, args: readonly string[], number = 1): Life {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, script), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child);
  const end = once(child, "close").then(([code, signal]) => (signal ?? code) as number | string | null);
  running.add(child);
  void end.then(() => running.delete(child));
  return {
    number,
    pid: child.pid,
    complaints: () => output.stderr,
    says: (word) => Promise.race([output.says(word), end.then(() => output.stdout.includes(word))]),
    async kill() {
      child.kill("SIGKILL");
      return (await end) === "SIGKILL";
    },
    ended: () => end,
  };
}

const running = new Set<ChildProcess>();

/** For the end of a test, however it ends. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

function collect(child: ChildProcess) {
  const output = { stdout: "", stderr: "", says: (_: string): Promise<boolean> => Promise.resolve(false) };
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
    for (const listener of listeners) listener();
  });
  output.says = (word) =>
    new Promise((resolve) => {
      const look = () => {
        if (output.stdout.includes(word)) resolve(true);
      };
      listeners.add(look);
      look();
    });
  return output;
}

export interface Siege {
  readonly options: Omit<LifeOptions, "life">;
  readonly effects: Effects;
  /** How often a process is killed. */
  readonly kills: number;
  /** Processes that are alive at once; kills alternate between them. */
  readonly instances: number;
  /** Of a process that is killed at its work. */
  readonly longestMs: number;
  readonly random: () => number;
}

/** Starts processes and kills them, each at a moment of chance, and lets the last ones come to their end. */
export async function besiege({
  options,
  effects,
  kills,
  instances,
  longestMs,
  random,
}: Siege): Promise<readonly Life[]> {
  const lives: Life[] = [];
  const start = () => {
    const life = lives.length + 1;
    // Nobody waits for those that are left alone.
    const paceMs = life > kills ? 0 : options.paceMs;
    const started = startProcess("program.ts", [JSON.stringify({ ...options, paceMs, life })], life);
    lives.push(started);
    return started;
  };
  const alive = Array.from({ length: instances }, start);
  for (let kill = 0; kill < kills; kill++) {
    const place = kill % instances;
    const victim = alive[place] as Life;
    // One in four is killed while it starts, the others at their work.
    if (random() < 0.25) await pause(random() * 400);
    else if (await victim.says("ready")) await pause(50 + random() * (longestMs / instances));
    if (!(await victim.kill())) throw new Error(`Process ${victim.number} ended too early: ${victim.complaints()}`);
    effects.add({ kind: "killed", life: victim.number });
    alive[place] = start();
  }
  for (const life of alive) {
    const end = await life.ended();
    if (end !== 0) throw new Error(`Process ${life.number} ended with ${end}: ${life.complaints()}`);
  }
  return lives;
}
