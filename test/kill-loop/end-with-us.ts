import type { ChildProcess } from "node:child_process";

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** A process that this one started does not outlive it, however it ends. */
export function endWithUs(child: ChildProcess): void {
  children.add(child);
  child.once("close", () => children.delete(child));
}
