import type { Worker } from "node:worker_threads";
import { perdureError } from "../core/errors.ts";
import { type Outcome, settled } from "./outcome.ts";
import { startWorker } from "./sibling.ts";
import { problemOf } from "./sqlite-errors.ts";
import type { SurveyMessage, SurveyThreadStart } from "./sqlite-survey-thread.ts";

/** Reads that take long, in a thread that is started when the first one is asked for. */
export interface Surveyor {
  read(verb: string, params: unknown): Promise<unknown>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Counting a million runs takes a tenth of a second, in which the main thread would answer nobody. */
export function createSurveyor(start: SurveyThreadStart): Surveyor {
  let worker: Worker | undefined;
  let waiting: Waiting[] = [];
  return { read, close };

  async function read(verb: string, params: unknown): Promise<unknown> {
    worker ??= startThread();
    const asked = worker;
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      waiting.push({ resolve, reject });
      // It holds the process while somebody waits for it, and not while it is idle.
      asked.ref();
      asked.postMessage({ verb, params } satisfies SurveyMessage);
    });
    return settled(outcome);
  }

  function startThread(): Worker {
    const started = startWorker("sqlite-survey-thread", start);
    let problem: unknown;
    started.on("message", (outcome: Outcome) => {
      waiting.shift()?.resolve(outcome);
      if (waiting.length === 0) started.unref();
    });
    started.on("error", (error) => {
      problem = error;
    });
    started.on("exit", () => {
      if (worker === started) worker = undefined;
      const abandoned = waiting;
      waiting = [];
      for (const { reject } of abandoned)
        reject(perdureError("STORE_UNAVAILABLE", { problem: problemOf(problem ?? "its thread ended") }));
    });
    return started;
  }

  async function close(): Promise<void> {
    const closing = worker;
    if (closing === undefined) return;
    closing.ref();
    const isGone = new Promise((resolve) => closing.once("exit", resolve));
    closing.postMessage("close" satisfies SurveyMessage);
    await isGone;
  }
}
