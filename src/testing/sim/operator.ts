import { sleep } from "../../core/env.ts";
import { createQueues } from "../../sdk/index.ts";
import type { Cluster } from "./cluster.ts";
import type { History } from "./history.ts";
import type { Plan } from "./plan.ts";
import { LIMITED } from "./program.ts";
import type { World } from "./world.ts";

/** One queue without a limit, and those with one. */
const QUEUES = ["task/plain", ...Object.keys(LIMITED)];
/** A pause that was sent twice may arrive once more after its end: whoever wants everything to go on looks again. */
const LOOK_AGAIN_MS = 2_000;

/** A person who pauses queues and everything, takes it back, and in the end has all of it go on. Never resolves: it is over with the world. */
export async function runOperator(world: World, cluster: Cluster, plan: Plan, history: History): Promise<void> {
  const draw = world.draw.fork();
  if (plan.pauseEveryMs === 0) return;
  const { process, client } = cluster.startClient("operator");
  const queues = createQueues(() => client);
  const everything = (action: "pause" | "resume") => client.calls.pauseEverything({ action });
  const choices: readonly (() => Promise<unknown>)[] = [
    () => queues.pause(draw.pick(QUEUES)),
    () => queues.pause(draw.pick(QUEUES)),
    () => queues.resume(draw.pick(QUEUES)),
    () => everything("pause"),
    () => everything("resume"),
  ];
  const attempt = async (action: () => Promise<unknown>) => {
    try {
      await action();
    } catch (error) {
      world.note(process.name, `is refused: ${(error as Error).message}`);
      history.problems.push({ who: process.name, message: (error as Error).message });
    }
  };

  while (world.elapsed < plan.faultyMs) {
    await sleep(process.env, draw.span(plan.pauseEveryMs) + 1);
    await attempt(draw.pick(choices));
  }
  for (;;) {
    await attempt(async () => {
      await everything("resume");
      for (const { name, paused } of (await queues.list({ perPage: 100 })).data) if (paused) await queues.resume(name);
    });
    await sleep(process.env, LOOK_AGAIN_MS);
  }
}
