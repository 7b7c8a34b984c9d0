import { parseDuration } from "../core/duration.ts";
import type { EffectMode, EffectOptions } from "../core/effect-mode.ts";
import { type Perdure, type PerdureOptions, startPerdure } from "../embedded/index.ts";
import type { AnyTask, Duration, RunObject, TaskOutput, TaskPayload, TriggerOptions } from "../sdk/index.ts";
import { Driver } from "./driver.ts";
import { type MortalPlace, mortalPlace, type Written } from "./mortal.ts";
import { createVirtualEnv } from "./virtual-env.ts";

export interface TestPerdureOptions extends Omit<PerdureOptions, "db" | "keepWarm" | "effects" | "http" | "alerts"> {
  /** The instant at which virtual time begins. Default: 2030-01-01T00:00:00Z. */
  start?: Date;
  /** Of chance: equal seeds give equal ids, jitter and orders. Default: 1. */
  seed?: number;
  /** Waiting runs that stay in memory. Default: 0, so that every wait continues by replay and replay faults show at once. */
  keepWarm?: number;
  /** How effects of code outside of steps are treated where a task says nothing, part by part. Default: `auto`, as in worker processes. */
  effects?: EffectOptions;
  /** Kill the worker, as `kill -9` would, when the journals hold this many entries, or each of these numbers. Default: never. */
  crashAfterEntries?: number | readonly number[];
}

/** Perdure for tests: in memory, on virtual time. */
export interface TestPerdure extends Omit<Perdure, "url" | "auth" | "keys"> {
  /** Virtual time. */
  now(): Date;
  /** Triggers a run and lets virtual time pass until it is final; a ten-day wait takes no time. */
  run<T extends AnyTask>(task: T, payload: TaskPayload<T>, options?: TriggerOptions): Promise<RunObject<TaskOutput<T>>>;
  /** Lets virtual time pass until the run is final. @throws after ten years. */
  untilFinal<Output = unknown>(run: string | { id: string }): Promise<RunObject<Output>>;
  /** Lets this much virtual time pass, with everything that falls due. */
  advance(duration: Duration): Promise<void>;
  /** Ends the worker as `kill -9` would and starts another; what it was doing continues when its leases have run out. */
  crash(): void;
  /** Entries that the journals have gained so far. */
  readonly entries: number;
}

const EFFECTS: EffectMode = "auto";
const START = Date.UTC(2030, 0, 1);

/**
 * Starts Perdure for a test.
 *
 * @throws {PerdureError} what `createPerdure` throws.
 * @example
 * const perdure = await createTestPerdure({ tasks: [remind] });
 * const run = await perdure.run(remind, { in: "10d" });
 */
export function createTestPerdure(options: TestPerdureOptions): Promise<TestPerdure> {
  return startTestPerdure(options);
}

/** @internal For tests that look at the journal. @param onWritten - Called with what has come onto the disk, before a kill that it causes. */
export async function startTestPerdure(
  options: TestPerdureOptions,
  onWritten: (written: Written) => void = () => undefined,
): Promise<TestPerdure> {
  const {
    start = new Date(START),
    seed = 1,
    keepWarm = 0,
    onDivergence = "fail",
    retention = "never",
    crashAfterEntries,
    ...rest
  } = options;
  const env = createVirtualEnv({ start: start.getTime(), seed });
  const driver = new Driver(env);
  let place: MortalPlace | undefined;
  let entries = 0;
  const places = crashAfterEntries === undefined ? [] : [crashAfterEntries].flat();
  const perdure = await driver.during(
    startPerdure(
      { ...rest, db: ":memory:", keepWarm, onDivergence, retention },
      {
        env,
        effects: EFFECTS,
        placeWorker: (calls) => {
          place = mortalPlace(env, calls, (written) => {
            const before = entries;
            entries += written.count;
            onWritten(written);
            if (places.some((place) => before < place && entries >= place)) crash();
          });
          return place;
        },
      },
    ),
  );
  driver.isBusy = () => perdure.worker.executing.some(({ isInUserCode }) => isInUserCode);
  driver.isWaitingOutside = () => perdure.worker.executing.some(({ isWaitingOutside }) => isWaitingOutside);
  driver.isInDoubt = () => perdure.worker.executing.some(({ isInDoubt }) => isInDoubt);

  function crash(): void {
    place?.kill();
    perdure.startWorker();
  }
  function untilFinal<Output>(run: string | { id: string }): Promise<RunObject<Output>> {
    return driver.during(perdure.runs.poll<Output>(typeof run === "string" ? run : run.id));
  }
  const stop = () => driver.during(perdure.stop());
  return {
    tasks: perdure.tasks,
    runs: perdure.runs,
    queues: perdure.queues,
    now: () => new Date(env.now()),
    async run<T extends AnyTask>(task: T, payload: TaskPayload<T>, triggerOptions?: TriggerOptions) {
      const handle = await driver.during(perdure.tasks.trigger<T>(task, payload, triggerOptions));
      return untilFinal<TaskOutput<T>>(handle.id);
    },
    untilFinal,
    advance: (duration) => driver.advance(parseDuration(duration, "duration")),
    crash,
    get entries() {
      return entries;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
