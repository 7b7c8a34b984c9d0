import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished, vi } from "vitest";

const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;

export interface DevLine {
  readonly level: string;
  readonly message: string;
  readonly [detail: string]: unknown;
}

/** A command as a user types it in the folder `root`, in an environment that holds nothing of ours. */
export function perdure(root: string, words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env["PATH"], ...variables };
  const child = spawn(process.execPath, [BIN, ...words], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  const closed = once(child, "close").then(([code, signal]) => ({ code: code as number | null, signal, ...said }));
  return { child: child as ChildProcess & { stdout: NodeJS.ReadableStream }, said, closed };
}

/** `perdure dev --json` in a project, and what it has said so far. */
export function startDev(
  root: string,
  words: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
) {
  const dev = perdure(root, ["dev", "--json", "--port", "0", ...words], variables);
  const lines: DevLine[] = [];
  createInterface({ input: dev.child.stdout }).on("line", (text) => lines.push(JSON.parse(text) as DevLine));
  const find = (isIt: (line: DevLine) => boolean, from = 0) =>
    vi.waitUntil(() => lines.slice(from).find(isIt), { timeout: 30_000, interval: 20 }) as Promise<DevLine>;
  return {
    ...dev,
    lines,
    find,
    /** The next line with this message, from here on or, with 0, from the start. */
    said: (message: string, from = lines.length) => find((line) => line.message === message, from),
    ready: () => find((line) => line.message === "Perdure is ready."),
    /** What a command in the same folder says. */
    async ask(...given: readonly string[]) {
      return await perdure(root, given).closed;
    },
    async stop(signal: NodeJS.Signals = "SIGINT") {
      dev.child.kill(signal);
      return await dev.closed;
    },
  };
}
