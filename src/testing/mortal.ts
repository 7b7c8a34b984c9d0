import type { NewEntry } from "../core/entry.ts";
import type { Env } from "../core/env.ts";
import type { WorkerCalls } from "../protocol/index.ts";

type LeaseInput = Parameters<WorkerCalls["lease"]>[0];
type LeaseAnswer = Awaited<ReturnType<WorkerCalls["lease"]>>;

/** A worker's place that can end like a killed process: from then on nothing it asks leaves, nothing it awaits arrives. */
export interface MortalPlace {
  readonly env: Env;
  readonly calls: WorkerCalls;
  kill(): void;
}

/** What the worker has got onto the disk with one call. */
export interface Written {
  /** Its own. */
  readonly entries: readonly NewEntry[];
  /** With the one that the node adds for a trigger. */
  readonly count: number;
}

/** @param onWritten - Called after each call that wrote entries, before the worker hears of it. */
export function mortalPlace(env: Env, calls: WorkerCalls, onWritten: (written: Written) => void): MortalPlace {
  let isDead = false;
  const never = () => new Promise<never>(() => undefined);
  const whileAlive = (action: () => void) => () => {
    if (!isDead) action();
  };

  async function call(name: keyof WorkerCalls, input: unknown): Promise<unknown> {
    // A dead process hands nothing back, and nobody waits for it to.
    if (isDead) return name === "release" || name === "appendLogs" ? undefined : never();
    const answer: unknown = await (calls[name] as (input: unknown) => Promise<unknown>)(input);
    const written = writtenBy(input, answer);
    if (written.count > 0) onWritten(written);
    if (isDead && name === "lease") giveBack(input as LeaseInput, answer as LeaseAnswer);
    return isDead ? never() : answer;
  }

  /** A node notices that nobody is there any more to take its answer. */
  function giveBack({ workerId }: LeaseInput, { runs }: LeaseAnswer): void {
    void calls.release({ workerId, leases: runs.map(({ id, epoch }) => ({ runId: id, epoch })) });
  }

  return {
    env: {
      ...env,
      now: () => env.now(),
      timer: (delayMs, action) => env.timer(delayMs, whileAlive(action)),
      turn: (action) => env.turn(whileAlive(action)),
    },
    calls: Object.fromEntries(
      (Object.keys(calls) as (keyof WorkerCalls)[]).map((name) => [name, (input: unknown) => call(name, input)]),
    ) as unknown as WorkerCalls,
    kill: () => {
      isDead = true;
    },
  };
}

function writtenBy(input: unknown, answer: unknown): Written {
  const { append, entryKey } = input as { append?: { entries: readonly NewEntry[] }; entryKey?: string };
  const { state } = (answer ?? {}) as { state?: string };
  if (append === undefined || state === "lost" || state === "ready") return { entries: [], count: 0 };
  return { entries: append.entries, count: append.entries.length + (entryKey === undefined ? 0 : 1) };
}
