/** Which worker processes a node has: each says so by a file, since only their node knows them otherwise. */
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER_VARIABLE } from "./failpoints.ts";

export const WORKERS = "workers";

/** For a worker process: its parent is its node. */
export function announceWorker(): void {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder !== undefined) writeFileSync(join(folder, WORKERS, `${process.ppid}.${process.pid}`), "");
}

/** Workers of this node that have not ended. */
export function listWorkers(folder: string, nodePid: number): readonly number[] {
  return readdirSync(join(folder, WORKERS)).flatMap((name) => {
    const [parent, pid] = name.split(".").map(Number);
    if (parent !== nodePid || pid === undefined) return [];
    if (look(pid)?.parent === nodePid) return [pid];
    rmSync(join(folder, WORKERS, name), { force: true });
    return [];
  });
}

/** Whether this is, still, a node or a worker of a loop: the system gives the numbers of the dead to others. */
export function isOurs(pid: number): boolean {
  return look(pid)?.command.includes("/kill-loop/mortal-") ?? false;
}

function look(pid: number): { readonly parent: number; readonly command: string } | undefined {
  const { stdout, status } = spawnSync("ps", ["-o", "ppid=,stat=,command=", "-p", String(pid)], { encoding: "utf8" });
  const [, parent, state = "", command = ""] = /^\s*(\d+)\s+(\S+)\s+(.*)/.exec(stdout) ?? [];
  // One that has ended and that nobody has asked about yet is a zombie.
  return status !== 0 || state.startsWith("Z") ? undefined : { parent: Number(parent), command };
}
