import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { join } from "node:path";
import type { Findings, Place } from "../metrics.ts";

/** A process with a thousand executing runs is killed; the time from the start of the next one to the end of all. */
export async function recover({ folder }: Place): Promise<Findings> {
  const first = live(folder, "first");
  await told(first, "executing");
  first.kill("SIGKILL");
  await once(first, "close");
  const startedAt = performance.now();
  const second = live(folder, "second");
  await told(second, "open");
  const openMs = performance.now() - startedAt;
  await told(second, "done");
  const doneMs = performance.now() - startedAt;
  second.kill("SIGKILL");
  await once(second, "close");
  return { openMs, doneMs };
}

function live(folder: string, life: "first" | "second"): ChildProcess {
  const file = join(import.meta.dirname, "..", "recovery-life.ts");
  return spawn(process.execPath, [file, folder, life], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

/** Resolves when the process says this word. What it says later stays unread until it is asked for. */
async function told(life: ChildProcess, word: string): Promise<void> {
  const heard = (async () => {
    for await (const [message] of on(life, "message")) if (message === word) return;
  })();
  const ended = once(life, "exit").then(([code]) => {
    throw new Error(`The process ended with ${code} before it was ${word}`);
  });
  await Promise.race([heard, ended]);
}
