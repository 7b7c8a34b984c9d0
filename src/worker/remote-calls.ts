import type { ClientCalls } from "../protocol/client-calls.ts";
import type { Pipe } from "../protocol/pipe.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import { NODE_CALLS } from "../protocol/worker-process.ts";

/** The calls of a node that is at the other end of a pipe. */
export function remoteCalls(pipe: Pick<Pipe, "ask">): ClientCalls & WorkerCalls {
  const calls = NODE_CALLS.map((call) => [call, (input: unknown) => pipe.ask(call, input)]);
  return Object.fromEntries(calls) as ClientCalls & WorkerCalls;
}
