import { setTimeout as pause } from "node:timers/promises";
import { task } from "../../src/sdk/index.ts";
import { final, openInstance } from "../instance.ts";
import type { Findings, Place } from "../metrics.ts";
import { percentile } from "../statistics.ts";
import { fiveSteps } from "./steps.ts";

const RUNS = 150;
const STEP_RUNS = 60;
const WARM_UP_RUNS = 30;
const CONCURRENCY = 10;
/** Between two runs, so that each finds an instance that has come to rest. */
const PAUSE_MS = 2;

export async function measureLatency(place: Place): Promise<Findings> {
  let startedAt = 0;
  const noop = task({
    id: "noop",
    run: async () => {
      startedAt = performance.now();
    },
  });
  const perdure = await openInstance(place, [noop, fiveSteps], CONCURRENCY);

  async function one(): Promise<{ toStart: number; toFinal: number }> {
    await pause(PAUSE_MS);
    const askedAt = performance.now();
    const { id } = await noop.trigger(undefined);
    await final(perdure, id);
    return { toStart: startedAt - askedAt, toFinal: performance.now() - askedAt };
  }
  async function oneOfSteps(): Promise<number> {
    await pause(PAUSE_MS);
    const askedAt = performance.now();
    const { id } = await fiveSteps.trigger({ start: 0 });
    await final(perdure, id);
    return performance.now() - askedAt;
  }

  await repeated(WARM_UP_RUNS, one);
  const times = await repeated(RUNS, one);
  const stepTimes = await repeated(STEP_RUNS, oneOfSteps);
  const toStart = times.map((time) => time.toStart);
  const toFinal = times.map((time) => time.toFinal);
  return {
    startP50: percentile(toStart, 0.5),
    startP99: percentile(toStart, 0.99),
    finalP50: percentile(toFinal, 0.5),
    finalP99: percentile(toFinal, 0.99),
    stepsP50: percentile(stepTimes, 0.5),
  };
}

async function repeated<Result>(times: number, act: () => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < times; i++) results.push(await act());
  return results;
}
