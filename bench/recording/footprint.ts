import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { task, wait } from "../../src/sdk/index.ts";
import { final } from "../instance.ts";
import { memoryAfterCollection } from "../memory.ts";
import { openRecording } from "./instance.ts";
import type { RecordingFindings, RecordingPlace } from "./metrics.ts";
import { PROGRAMS } from "./programs.ts";

const LARGE_REQUESTS = 200;
const LOOK_EVERY_MS = 10;
const REPLAYED_AFTER = "2s";

const WAITING_RUNS = 100;
const REQUESTS_OF_EACH = 20;
const WARM_UP_RUNS = 20;
const CONCURRENCY = 20;
/** Longer than anything here takes. */
const WAIT = "1h";

/** The memory of a process in which one run asks for 200 MB in pieces of one. */
export async function weighLarge(place: RecordingPlace): Promise<RecordingFindings> {
  const act = (count: number) => PROGRAMS["get-large"].act(place.world, count);
  const once = place.subject === "plain" ? act : await actAsRun(act, place);
  await once(2);
  const height = watchHeight();
  const before = height.begin();
  await once(LARGE_REQUESTS);
  const peak = height.reached() - before;
  return { peak, after: height.begin() - before };
}

/** The same while such a run that was dropped from memory is continued. */
export async function weighLargeReplay(place: RecordingPlace): Promise<RecordingFindings> {
  const work = task({
    id: "work",
    run: async (count: number) => {
      await PROGRAMS["get-large"].act(place.world, count);
      await wait.for(REPLAYED_AFTER);
    },
  });
  const { perdure } = await openRecording(place, [work], { concurrency: 1, keepWarm: 0 });
  const height = watchHeight();
  const { id } = await work.trigger(LARGE_REQUESTS);
  while (!(await perdure.runs.retrieve(id)).isWaiting) await pause(LOOK_EVERY_MS);
  const before = height.begin();
  await final(perdure, id);
  return { peak: height.reached() - before };
}

/** How much memory is in use of the heap and beside it, in MB. RSS hides it where there was a larger heap before. */
function watchHeight() {
  let highest = 0;
  setInterval(() => {
    highest = Math.max(highest, inUse());
  }, LOOK_EVERY_MS).unref();
  return {
    begin() {
      memoryAfterCollection();
      highest = inUse();
      return highest;
    },
    reached: () => highest,
  };
}

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

async function actAsRun(act: (count: number) => Promise<void>, place: RecordingPlace) {
  const work = task({ id: "work", run: act });
  const { perdure } = await openRecording(place, [work], { concurrency: 1, keepWarm: 0 });
  return async (count: number) => final(perdure, (await work.trigger(count)).id);
}

/** What a run weighs that waits after it has recorded something: its code kept in memory, or dropped to be replayed. */
export async function weighWaiting(place: RecordingPlace): Promise<RecordingFindings> {
  const [warm, cold] = [join(place.folder, "warm"), join(place.folder, "cold")];
  for (const folder of [warm, cold]) mkdirSync(folder);
  return {
    warmKb: await weigh({ ...place, folder: warm }, WAITING_RUNS),
    coldKb: await weigh({ ...place, folder: cold }, 0),
  };
}

async function weigh(place: RecordingPlace, keepWarm: number): Promise<number> {
  const work = task({
    id: "work",
    run: async (count: number) => {
      await PROGRAMS["get-1000"].act(place.world, count);
      await wait.for(WAIT);
    },
  });
  const { perdure } = await openRecording(place, [work], { concurrency: CONCURRENCY, keepWarm });
  async function park(runs: number): Promise<void> {
    const ids = await Promise.all(Array.from({ length: runs }, () => work.trigger(REQUESTS_OF_EACH)));
    for (const { id } of ids) while (!(await perdure.runs.retrieve(id)).isWaiting) await pause(LOOK_EVERY_MS);
  }
  await park(WARM_UP_RUNS);
  const before = memoryAfterCollection();
  await park(WAITING_RUNS - WARM_UP_RUNS);
  const after = memoryAfterCollection();
  await perdure.stop();
  return ((after.heap - before.heap) * 1_024) / (WAITING_RUNS - WARM_UP_RUNS);
}
