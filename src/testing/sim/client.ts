import { sleep } from "../../core/env.ts";
import { type AnyTask, createRuns, createTasks } from "../../sdk/index.ts";
import type { Cluster } from "./cluster.ts";
import type { History } from "./history.ts";
import type { Plan } from "./plan.ts";
import { drawChild, drawSiblings, withPoison } from "./programs.ts";
import type { World } from "./world.ts";

/** What clients know of one another: runs that somebody was told of. */
type Known = string[];

/** Starts the clients; resolves when each has done all that it wanted. */
export async function runClients(world: World, cluster: Cluster, plan: Plan, history: History): Promise<void> {
  const known: Known = [];
  const clients = Array.from({ length: plan.clients }, () => runClient(world, cluster, plan, history, known));
  await Promise.all(clients);
}

async function runClient(
  world: World,
  cluster: Cluster,
  { acts, thinkMs, poisoned }: Plan,
  history: History,
  known: Known,
): Promise<void> {
  const { process, client } = cluster.startClient("client");
  const draw = world.draw.fork();
  const tasks = createTasks(
    () => client,
    (id) => ({ id }),
  );
  const runs = createRuns(() => client);

  const accept = (id: string, isCached: boolean) => {
    history.accepted.push({ client: process.name, runId: id, isCached });
    known.push(id);
  };
  const ask = async () => {
    const { task, program, options } = drawChild(draw);
    const given = poisoned > 0 && draw.happens(poisoned) ? withPoison(program, draw) : program;
    const handle = await tasks.trigger<AnyTask>(task, given, options);
    accept(handle.id, handle.isCached);
  };
  const askForMany = async () => {
    const items = drawSiblings(draw, 0, draw.whole(2, 4));
    const [first] = items;
    const handle = await tasks.batchTrigger<AnyTask>(
      first?.task ?? "plain",
      items.map(({ program, options }) => ({ payload: program, options })),
    );
    for (const { id, isCached } of handle.runs) accept(id, isCached);
  };
  const withOne = (action: (id: string) => Promise<unknown>) => async () => {
    if (known.length > 0) await action(draw.pick(known));
  };
  const choices: readonly (() => Promise<unknown>)[] = [
    ...Array.from({ length: 7 }, () => ask),
    askForMany,
    withOne((id) => runs.cancel(id)),
    withOne((id) => runs.cancel(id)),
    withOne(async (id) => accept((await runs.replay(id)).id, false)),
    withOne((id) => runs.retrieve(id)),
    withOne((id) => runs.poll(id)),
    () => runs.list({ status: draw.pick(["queued", "executing", "waiting", "completed"]), limit: 5 }),
  ];

  for (let act = 0; act < acts; act++) {
    await sleep(process.env, draw.span(thinkMs));
    try {
      await draw.pick(choices)();
    } catch (error) {
      world.note(process.name, `is refused: ${(error as Error).message}`);
      history.problems.push({ who: process.name, message: (error as Error).message });
    }
  }
  world.note(process.name, "is done");
}
