import { step, task, wait } from "../../src/sdk/index.ts";
import { final } from "../instance.ts";
import { cpuMicrosSince } from "../rate.ts";
import { monotonic, openRecording } from "./instance.ts";
import type { RecordingFindings, RecordingPlace } from "./metrics.ts";

/** So many things are asked at once, so that thousands are recorded in a few seconds. */
const BRANCHES = 20;
const WAIT_MS = 1_500;

/** A run that was dropped from memory after so many recorded results is continued: the time until its code goes on beyond them. */
export async function replay(entries: number, place: RecordingPlace): Promise<RecordingFindings> {
  let begunAt = 0;
  let liveAt = 0;
  let cpu = process.cpuUsage();
  const work = task({
    id: "work",
    run: async (count: number) => {
      begunAt = monotonic();
      cpu = process.cpuUsage();
      const ask = place.subject === "auto" ? get : doStep;
      const branch = async (from: number) => {
        for (let i = from; i < count; i += BRANCHES) await ask(place.world, i);
      };
      await Promise.all(Array.from({ length: BRANCHES }, (_, from) => branch(from)));
      await wait.for({ milliseconds: WAIT_MS });
      liveAt = monotonic();
    },
  });
  const { perdure } = await openRecording(place, [work], { concurrency: 1, keepWarm: 0 });
  for (const count of [Math.ceil(entries / 10), entries]) {
    const { id } = await work.trigger(count);
    await final(perdure, id);
  }
  const liveMs = liveAt - begunAt;
  return { liveMs, cpuMs: cpuMicrosSince(cpu) / 1_000, perSecond: (entries * 1_000) / liveMs };
}

async function get(world: string, i: number): Promise<void> {
  await (await fetch(`${world}/small/${i}`)).json();
}

async function doStep(_: string, i: number): Promise<void> {
  await step.run(`step ${i}`, () => ({ text: "x".repeat(180) }));
}
