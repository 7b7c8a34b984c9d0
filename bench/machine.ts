import { statfsSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem, type } from "node:os";

export interface Machine {
  readonly processors: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly folder: string;
  /** Synchronous writes cost nothing there, so nothing that is measured against them says anything. */
  readonly isInMemory: boolean;
}

const TMPFS = 0x01021994;

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processors: `${processors.length} × ${processors[0]?.model ?? "unknown"}`,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    folder: tmpdir(),
    isInMemory: statfsSync(tmpdir()).type === TMPFS,
  };
}

/** Processes that wanted to run in the last minute, ours included. */
export function currentLoad(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}
