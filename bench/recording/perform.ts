import { type AnyTask, task } from "../../src/sdk/index.ts";
import { final } from "../instance.ts";
import { cpuMicrosSince } from "../rate.ts";
import { percentile } from "../statistics.ts";
import { monotonic, openRecording } from "./instance.ts";
import type { RecordingFindings, RecordingPlace } from "./metrics.ts";
import type { Program } from "./programs.ts";

/** Of the count, for the first time, which is not measured. */
const WARM_UP_SHARE = 5;

interface Performance {
  readonly codeMs: number;
  readonly writes: number;
}

/** A program again and again in one process: what one time takes from the start of its code to its end, by the median. */
export async function perform(program: Program, place: RecordingPlace): Promise<RecordingFindings> {
  const once = place.subject === "plain" ? performPlain(program, place) : await performAsRun(program, place);
  await once(Math.ceil(program.count / WARM_UP_SHARE));
  const cpu = process.cpuUsage();
  const performances: Performance[] = [];
  for (let i = 0; i < program.times; i++) performances.push(await once(program.count));
  return {
    codeMs: percentile(
      performances.map(({ codeMs }) => codeMs),
      0.5,
    ),
    cpuMs: cpuMicrosSince(cpu) / 1_000 / program.times,
    writes: performances.at(-1)?.writes ?? 0,
  };
}

type Once = (count: number) => Promise<Performance>;

function performPlain({ act }: Program, { world }: RecordingPlace): Once {
  return async (count) => {
    const startedAt = monotonic();
    await act(world, count);
    return { codeMs: monotonic() - startedAt, writes: 0 };
  };
}

async function performAsRun({ act }: Program, place: RecordingPlace): Promise<Once> {
  let codeMs = 0;
  const work = task({
    id: "work",
    run: async (count: number) => {
      const startedAt = monotonic();
      await act(place.world, count);
      codeMs = monotonic() - startedAt;
    },
  });
  const { perdure, writes } = await openRecording(place, [work as AnyTask], { concurrency: 1, keepWarm: 0 });
  return async (count) => {
    const before = writes.count;
    const { id } = await work.trigger(count);
    await final(perdure, id);
    return { codeMs, writes: writes.count - before };
  };
}
