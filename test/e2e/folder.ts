import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that is gone after the test when that has passed. */
export function folderKeptOnFailure(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `perdure-${name}-`));
  onTestFinished(({ task }) => {
    if (task.result?.state === "pass") rmSync(folder, { recursive: true, force: true });
    else console.log(`What it left behind is in ${folder}`);
  });
  return folder;
}
