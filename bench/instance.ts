import { join } from "node:path";
import { createPerdure, type Perdure } from "../src/embedded/index.ts";
import type { AnyTask } from "../src/sdk/index.ts";
import type { Place } from "./metrics.ts";

/** Perdure as users start it, on a file in this folder or in memory. */
export function openInstance(
  { subject, folder }: Place,
  tasks: readonly AnyTask[],
  concurrency: number,
): Promise<Perdure> {
  const db = subject === "memory" ? ":memory:" : join(folder, "perdure.db");
  return createPerdure({ db, tasks, concurrency });
}

/** Resolves when the run is final. */
export async function final(perdure: Perdure, id: string): Promise<void> {
  const run = await perdure.runs.poll(id);
  if (!run.isSuccess) throw new Error(`Run ${id} is ${run.status}`, { cause: run.error });
}
