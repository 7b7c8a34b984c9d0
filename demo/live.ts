import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Kill } from "./kill-plan.ts";

/** How a worker process ended. */
export interface LifeEnd {
  readonly number: number;
  readonly kill: Kill | undefined;
  readonly signal: string | null;
  readonly exitCode: number | null;
  /** What it wrote to standard error. */
  readonly complaints: string;
}

const WORKER = join(import.meta.dirname, "worker.ts");
/** No process of the demo needs nearly as long; one that does has hung. */
const LONGEST_LIFE_MS = 60_000;

/** Starts the worker process and waits for its end. */
export async function live(folder: string, number: number, kill: Kill | undefined): Promise<LifeEnd> {
  const plan = kill === undefined ? [] : [kill.moment, String(kill.count)];
  const child = spawn(process.execPath, [WORKER, folder, String(number), ...plan], {
    stdio: ["ignore", "inherit", "pipe"],
    timeout: LONGEST_LIFE_MS,
    killSignal: "SIGTERM",
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const [exitCode, signal] = (await once(child, "close")) as [number | null, string | null];
  return { number, kill, signal, exitCode, complaints };
}
