import { join } from "node:path";
import { type Perdure, startPerdure } from "../../src/embedded/index.ts";
import type { AnyTask } from "../../src/sdk/index.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import type { WorkerCalls } from "../../src/worker/index.ts";
import type { RecordingPlace } from "./metrics.ts";

/** The clock as it is, also for code of runs. */
export const { monotonic } = createSystemEnv();

/** What the workers have asked the store to write for runs that they hold; each is a commit, or shares one with other runs. */
export interface Writes {
  count: number;
  entries: number;
}

export interface Instance {
  readonly perdure: Perdure;
  readonly writes: Writes;
}

/** Perdure in the embedded mode, on a file that is synced at each commit, with its effects recorded or not. */
export async function openRecording(
  { subject, folder }: RecordingPlace,
  tasks: readonly AnyTask[],
  { concurrency, keepWarm }: { readonly concurrency: number; readonly keepWarm: number },
): Promise<Instance> {
  const env = createSystemEnv();
  const writes: Writes = { count: 0, entries: 0 };
  const perdure = await startPerdure(
    {
      db: join(folder, "perdure.db"),
      tasks,
      concurrency,
      keepWarm,
      effects: subject === "auto" ? "auto" : "steps-only",
      logs: false,
    },
    { env, placeWorker: (calls) => ({ env, calls: counting(calls, writes) }) },
  );
  return { perdure, writes };
}

function counting(calls: WorkerCalls, writes: Writes): WorkerCalls {
  const counted =
    <Input extends { readonly append: Parameters<WorkerCalls["record"]>[0]["append"] }, Answer>(
      call: (input: Input) => Answer,
    ) =>
    (input: Input): Answer => {
      writes.count++;
      writes.entries += input.append.entries.length;
      return call(input);
    };
  return { ...calls, record: counted(calls.record), park: counted(calls.park), finish: counted(calls.finish) };
}
