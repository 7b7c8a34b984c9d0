/**
 * The process of one performance: hears an order, loads the tasks and performs one of them in the test kit. Modules begin as cold as in
 * a process that was just started, and the continuation after a cut happens in this same process, as after an eviction.
 */
import { encodeValue } from "../../core/codec.ts";
import { defined } from "../../core/defined.ts";
import { perdureError } from "../../core/errors.ts";
import type { RunObject } from "../../sdk/index.ts";
import { createTestPerdure, type TestPerdure } from "../../testing/index.ts";
import { installInterception, loadTasks } from "../../worker/index.ts";
import { storyOf } from "../story.ts";
import type { Ending, Order, Performance, Told } from "./performance.ts";
import { type SentError, sentProblem } from "./sent-problem.ts";

/** What the process says, once. */
export type PerformanceAnswer =
  | { readonly kind: "performed"; readonly performance: Performance }
  | { readonly kind: "refused"; readonly error: SentError };

// Task files find no parent to speak to, or they would be taken for us.
const send = process.send?.bind(process);
delete process.send;
// Without a parent nobody would read the answer.
process.once("disconnect", () => process.exit());
/** Real milliseconds between two looks whether the run is held: then nothing will ever end it. */
const LOOK_MS = 200;
const PAGE = 100;

process.once("message", (order) => {
  perform(order as Order).then(
    (performance) => answer({ kind: "performed", performance }),
    (error: unknown) => answer({ kind: "refused", error: sentProblem(error) }),
  );
});

async function perform({ module, tasks, task: id, payload, effects, retry, start, cut }: Order): Promise<Performance> {
  // Before user code is loaded, which may keep a function for itself.
  installInterception();
  const loaded = await loadTasks(module, tasks);
  const task = loaded.find((one) => one.id === id);
  if (task === undefined) throw perdureError("TASK_UNKNOWN", { task: id });
  const begunAt = performance.now();
  const perdure = await createTestPerdure({
    tasks: loaded,
    effects,
    onLog: () => undefined,
    ...defined({ retry, start: start === undefined ? undefined : new Date(start), crashAfterEntries: cut }),
  });
  const { id: runId } = await perdure.tasks.trigger(id, payload);
  const ending = await Promise.race([untilFinal(perdure, runId), untilHeld(perdure, runId)]);
  const ms = performance.now() - begunAt;
  return { ending, entries: perdure.entries, ms, story: await tellAll(perdure), ...defined({ cut }) };
}

async function untilFinal(perdure: TestPerdure, runId: string): Promise<Ending> {
  try {
    return endingOf(await perdure.untilFinal(runId));
  } catch (error) {
    // The kit gives up when nothing more can happen, which the look at the run tells as well.
    if (await isHeld(perdure, runId)) return { kind: "held" };
    return { kind: "stuck", problem: error instanceof Error ? error.message : String(error) };
  }
}

function endingOf({ status, output, error, createdAt, finishedAt = createdAt }: RunObject): Ending {
  const encoded = output === undefined ? undefined : encodeValue(output, "The output");
  const lastedMs = finishedAt.getTime() - createdAt.getTime();
  return { kind: "final", status, lastedMs, ...defined({ output: encoded, error: error?.message }) };
}

function untilHeld(perdure: TestPerdure, runId: string): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const look = setInterval(() => {
      isHeld(perdure, runId).then((held) => {
        if (!held) return;
        clearInterval(look);
        resolve({ kind: "held" });
      }, reject);
    }, LOOK_MS);
  });
}

async function isHeld({ runs }: TestPerdure, runId: string): Promise<boolean> {
  return (await runs.explain(runId)).reason === "held";
}

/** Of the run and of all that it started. */
async function tellAll({ runs }: TestPerdure): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
    const { data, pagination } = await runs.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { id, taskIdentifier: task } of data)
      for (const { kind, details } of await storyOf({ runs }, id)) told.push({ kind, task, details });
    after = pagination.next;
  }
  return told;
}

/** Whoever started this ends it, once the answer has been read. */
function answer(given: PerformanceAnswer): void {
  send?.(given);
}
