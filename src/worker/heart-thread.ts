/**
 * The heart of a worker process: a thread that user code does not keep busy. It tells the pool that the process is alive and
 * how long its event loop has not been, and ends a process whose node is gone while its event loop cannot notice.
 */

import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { BYTES_PER_MB } from "../core/size.ts";
import { BEAT_MS, BEATS_FD, type Beat } from "../protocol/worker-process.ts";
import { createSystemEnv } from "../system/index.ts";
import { type HeartStart, LAG_MS, SIGNS } from "./heart.ts";

/** How long the main thread has to end the process by itself. */
const ORPHAN_MS = 3_000;

const { cells } = workerData as HeartStart;
const env = createSystemEnv();
let signs = 0;
let stalledMs = 0;
let orphanedMs = 0;
beat();

function beat(): void {
  const found = Atomics.load(cells, SIGNS);
  // Counted in beats, not by a clock: a machine that slept, or a process that was stopped, has not been busy meanwhile.
  stalledMs = found === signs ? stalledMs + BEAT_MS : 0;
  signs = found;
  const lagMs = Math.max(stalledMs, Atomics.exchange(cells, LAG_MS, 0));
  const rssMb = Math.ceil(process.memoryUsage.rss() / BYTES_PER_MB);
  orphanedMs = isHeard({ stalledMs, lagMs, rssMb }) ? 0 : orphanedMs + BEAT_MS;
  if (orphanedMs > ORPHAN_MS) process.kill(process.pid, "SIGKILL");
  env.timer(BEAT_MS, beat);
}

function isHeard(said: Beat): boolean {
  try {
    writeSync(BEATS_FD, `${JSON.stringify(said)}\n`);
    return true;
  } catch (error) {
    // A pool that is too busy to read is there.
    return (error as NodeJS.ErrnoException).code === "EAGAIN";
  }
}
