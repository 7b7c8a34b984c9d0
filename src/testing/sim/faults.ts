import type { Cluster, SimNode, SimWorker } from "./cluster.ts";
import type { Draw } from "./draw.ts";
import type { Fault, Plan } from "./plan.ts";
import type { World } from "./world.ts";

const HOUR_MS = 60 * 60 * 1_000;

/** Has faults befall whole processes, one after the other, until the plan's faulty time is over; then all is calm. */
export function runFaults(world: World, cluster: Cluster, plan: Plan): void {
  const draw = world.draw.fork();
  const endsAt = world.elapsed + plan.faultyMs;
  next();

  function next(): void {
    const delayMs = draw.span(plan.faultEveryMs) + 1;
    if (plan.faults.length === 0 || world.elapsed + delayMs >= endsAt) world.after(endsAt - world.elapsed, end);
    else
      world.after(delayMs, () => {
        befall(draw.pick(plan.faults), draw, world, cluster, plan);
        next();
      });
  }

  function end(): void {
    world.note("everyone", "is left in peace");
    cluster.calm();
    replaceDead();
  }

  /** One that was to die soon may yet do so. */
  function replaceDead(): void {
    for (let i = cluster.nodes.length; i < plan.nodes; i++) cluster.startNode();
    const alone = cluster.workers.filter(({ isAlone }) => isAlone).length;
    const missing = Math.max(0, plan.workers - cluster.workers.length + alone) + Math.max(0, plan.aloneWorkers - alone);
    for (let i = 0; i < missing; i++) cluster.startWorker();
    world.after(1_000, replaceDead);
  }
}

function befall(fault: Fault, draw: Draw, world: World, cluster: Cluster, plan: Plan): void {
  const { nodes, workers, network } = cluster;
  const node = nodes.length === 0 ? undefined : draw.pick(nodes);
  const worker = workers.length === 0 ? undefined : draw.pick(workers);
  const replaceLater = (start: () => void) => world.after(draw.span(1_500), start);
  const pauseMs = Math.round(plan.leaseMs * draw.pick([0.1, 0.5, 0.9, 1.5, 3]));
  switch (fault) {
    case "kill worker":
      worker?.process.kill();
      replaceLater(cluster.startWorker);
      return;
    case "kill worker soon":
      worker?.process.killAfter(draw.whole(0, 8));
      replaceLater(cluster.startWorker);
      return;
    case "stop worker":
      if (worker !== undefined) stopWorker(worker, world);
      replaceLater(cluster.startWorker);
      return;
    case "kill node":
      node?.process.kill();
      replaceLater(cluster.startNode);
      return;
    case "kill node soon":
      node?.process.killAfter(draw.whole(0, 12));
      replaceLater(cluster.startNode);
      return;
    case "stop node":
      if (node !== undefined) stopNode(node, world);
      replaceLater(cluster.startNode);
      return;
    case "pause worker":
      worker?.process.pause(pauseMs);
      return;
    case "pause node":
      node?.process.pause(pauseMs);
      return;
    case "set a clock": {
      const process = draw.pick([node?.process, worker?.process]);
      process?.jump(draw.pick([-HOUR_MS, HOUR_MS, draw.whole(-30_000, 30_000)]));
      return;
    }
    case "cut off": {
      const process = draw.pick([node?.process, worker?.process]);
      if (process !== undefined) network.cutOff(process, pauseMs);
      return;
    }
  }
}

/** As on SIGTERM: it says what is to be said, and ends. */
function stopWorker({ process, worker }: SimWorker, world: World): void {
  world.note(process.name, "stops");
  process.enter(() => void worker.stop().then(() => process.kill()));
}

function stopNode({ process, engine }: SimNode, world: World): void {
  world.note(process.name, "stops");
  process.enter(() => void engine.stop().then(() => process.kill()));
}
