/**
 * Runs a program as it is, as a run that is recorded, and again from the tape while the server is down.
 */
import { type AskedServer, openAskedServer } from "./undici-server.ts";
import { asRun, type Pace, RecordingTape, ReplayingTape } from "./undici-tape.ts";

/** @returns Everything that a user of it would notice. */
export type Program = (base: string) => Promise<unknown>;

export interface Outcomes {
  /** Outside of runs. */
  readonly plain: unknown;
  readonly recorded: unknown;
  readonly replayed: Readonly<Record<Pace, unknown>>;
  readonly tape: RecordingTape;
  readonly requests: Readonly<Record<"plain" | "recorded" | "replayed", AskedServer["requests"]>>;
}

export async function tryOut(program: Program): Promise<Outcomes> {
  const server = await openAskedServer();
  const { base } = server;
  const plain = await program(base);
  const plainRequests = server.requests.splice(0);
  const tape = new RecordingTape();
  const recorded = await asRun(tape, () => program(base));
  const recordedRequests = server.requests.splice(0);
  await server.close();
  const replay = (pace: Pace) => asRun(new ReplayingTape(tape, pace), () => program(base));
  const replayed = { "in turns": await replay("in turns"), "at once": await replay("at once") };
  const requests = { plain: plainRequests, recorded: recordedRequests, replayed: server.requests };
  return { plain, recorded, replayed, tape, requests };
}

/** What `work` returns, or what can be told of its error. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return { error: describe(error) };
  }
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  return {
    class: error.constructor.name === "DOMException" ? "DOMException" : "Error",
    name,
    message,
    code: Reflect.get(error, "code"),
    cause: describe(cause),
  };
}
