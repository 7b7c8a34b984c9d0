import { join } from "node:path";
import { createPerdure } from "../src/embedded/index.ts";
import type { RunObject } from "../src/sdk/index.ts";
import { Results } from "./results.ts";
import { importChunk, importRegions } from "./tasks.ts";
import { Trace, type TraceLine } from "./trace.ts";

/** What an import left behind, seen from outside after all its processes are gone. */
export interface Evidence {
  readonly imports: readonly WithEvents[];
  readonly chunks: readonly WithEvents[];
  /** The application's own table. */
  readonly table: readonly Record<string, unknown>[];
  readonly trace: readonly TraceLine[];
}

export interface WithEvents {
  readonly run: RunObject;
  /** Kinds of its events, in order. */
  readonly events: readonly string[];
}

/** Opens the database of an import that has ended, with no tasks to run, and reads what Perdure says of it. */
export async function gatherEvidence(folder: string): Promise<Evidence> {
  const perdure = await createPerdure({ db: join(folder, "perdure.db"), tasks: [] });
  const results = new Results(folder);
  try {
    const listed = await perdure.runs.list({ limit: 100 });
    const seen = await Promise.all(
      listed.data.map(async (run) => ({ run, events: (await perdure.runs.events(run.id)).map(({ kind }) => kind) })),
    );
    const ofTask = (id: string) =>
      seen.filter(({ run }) => run.taskIdentifier === id).sort((a, b) => firstRow(a) - firstRow(b));
    return {
      imports: ofTask(importRegions.id),
      chunks: ofTask(importChunk.id),
      table: results.all(),
      trace: new Trace(folder).read(),
    };
  } finally {
    results.close();
    await perdure.stop();
  }
}

export function countEvents(runs: readonly WithEvents[], kind: string): number {
  return runs.flatMap(({ events }) => events).filter((event) => event === kind).length;
}

function firstRow({ run }: WithEvents): number {
  return (run.payload as { from?: number } | undefined)?.from ?? 0;
}
