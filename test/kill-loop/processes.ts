/** Which worker processes a node has: each says so by a file, since only their node knows them otherwise. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER_VARIABLE } from "./failpoints.ts";

export const WORKERS = "workers";

/** For a worker process: its parent is its node. */
export function announceWorker(): void {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder !== undefined) writeFileSync(join(folder, WORKERS, `${process.ppid}.${process.pid}`), "");
}

/** Workers of this node that are not known to have ended. */
export function listWorkers(folder: string, nodePid: number): readonly number[] {
  return readdirSync(join(folder, WORKERS)).flatMap((name) => {
    const [parent, pid] = name.split(".").map(Number);
    if (parent !== nodePid || pid === undefined) return [];
    if (isAlive(pid)) return [pid];
    rmSync(join(folder, WORKERS, name), { force: true });
    return [];
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
