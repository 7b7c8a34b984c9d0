/**
 * The program of a worker process, started by a pool. It speaks with its node over an inherited descriptor, loads the tasks
 * that it is told, and runs the same `Worker` as the embedded mode. When the descriptor closes its node is gone, and it ends.
 */
import { refuseUnrecordable } from "../core/effect-mode.ts";
import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import { createRedact } from "../core/redact.ts";
import { secretValues } from "../core/secret-names.ts";
import { unnamedVariable, watchReads } from "../core/unnamed-variables.ts";
import { createPipe } from "../protocol/pipe.ts";
import { sentError } from "../protocol/sent-error.ts";
import { PIPE_FD, type ProcessCalls, type WorkerStart } from "../protocol/worker-process.ts";
import { type Client, host } from "../sdk/index.ts";
import { createSystemEnv, ownRuntime } from "../system/index.ts";
import { captureConsole } from "./console.ts";
import { outsideRuns } from "./context.ts";
import { startHeart } from "./heart.ts";
import { openInherited } from "./inherited-socket.ts";
import { installInterception } from "./interception/install.ts";
import { loadTasks } from "./load-tasks.ts";
import { createRegistry } from "./registry.ts";
import { remoteCalls } from "./remote-calls.ts";
import { Worker } from "./worker.ts";

/** A request for runs that outlives its process takes runs that go straight back, so it does not stay open for ever. */
const LEASE_WAIT_MS = 30_000;

const env = createSystemEnv();
const orders: ProcessCalls = { start, stop };
const redact = createRedact(secretValues(process.env));
captureConsole();
const loop = startHeart(env);
let worker: Worker | undefined;
const duplex = await openInherited(PIPE_FD);
const { write } = duplex;
// What is said to the node is nobody's effect, in whosever turn it is said.
duplex.write = ((text: string) => outsideRuns(() => write.call(duplex, text))) as typeof write;
const pipe = createPipe({
  env,
  duplex,
  answer: obey,
  onNews: hear,
  onClosed: () => process.exit(),
});
// A terminal's Ctrl-C reaches every process of its group; when a worker stops is for the pool to say.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => {
  pipe.tell("leaving", undefined);
  void stop().finally(() => process.exit());
});

// A process that user code ends, or an error that nobody caught, says first what it has logged.
process.on("exit", () => {
  void worker?.flushLogs();
  pipe.flush();
});

async function obey(call: string, input: unknown): Promise<void> {
  if (!isOrder(call)) throw perdureError("INTERNAL", { problem: `a worker process was asked for ${call}` });
  return orders[call](input as WorkerStart);
}

function isOrder(call: string): call is keyof ProcessCalls {
  return Object.hasOwn(orders, call);
}

async function start({ module, tasks, unnamed, ...options }: WorkerStart): Promise<void> {
  process.env = watchReads(process.env, unnamed, (name, hasValue) =>
    pipe.tell("problem", sentError(unnamedVariable(name, hasValue))),
  );
  const calls = remoteCalls(pipe);
  const client: Client = { calls, newId: (kind) => createId(kind, env) };
  host().clients.add(client);
  // Before user code is loaded, which may keep a function for itself.
  if (ownRuntime() === "node") installInterception();
  const registry = createRegistry(await loadTasks(module, tasks));
  refuseUnrecordable(ownRuntime(), registry.manifests, options.effects);
  worker = new Worker({
    ...options,
    env,
    calls,
    client,
    registry,
    leaseWaitMs: LEASE_WAIT_MS,
    redact,
    // On its way before user code is: that may end the process at once.
    onBegin: (leases) => pipe.tellNow("begun", leases),
    onGivenUp: (lease) => pipe.tell("given-up", lease),
    stall: () => loop.stall,
    onProblem: (error) => pipe.tell("problem", sentError(error)),
  });
  loop.onStall = (stall) => worker?.noteStall(stall);
  worker.start();
}

async function stop(): Promise<void> {
  await worker?.stop();
}

function hear(name: string, content: unknown): void {
  // After the answers that came with it: a run is not in the worker's hands before whoever asked for it has gone on.
  if (name === "poke") env.turn(() => worker?.poke(content as string));
}
