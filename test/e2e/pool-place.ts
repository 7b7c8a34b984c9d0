/** A node with a pool for one test, and the files by which the code in its processes and the test hear of each other. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../store/open-toy.ts";
import { type NodeWithPoolOptions, startNodeWithPool } from "./node-with-pool.ts";
import type { Place } from "./pool-tasks.ts";

/** Stopped after the test. */
export async function start(options?: NodeWithPoolOptions) {
  const started = await startNodeWithPool(options);
  onTestFinished(() => started.stop());
  return started;
}

export function place(): Place {
  const folder = temporaryFolder();
  return { effects: join(folder, "effects"), gate: join(folder, "gate") };
}

/** The effects with the processes that had them, in their order. */
export function effectsOf({ effects }: Pick<Place, "effects">): readonly (readonly string[])[] {
  if (!existsSync(effects)) return [];
  const lines = readFileSync(effects, "utf8").trim().split("\n");
  return lines.map((line) => line.split(" "));
}

/** The processes of the effects. */
export function pidsOf(at: Pick<Place, "effects">): readonly string[] {
  return effectsOf(at).map(([, pid]) => pid as string);
}
