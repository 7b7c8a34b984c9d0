import { childEnvironment } from "../core/child-environment.ts";
import type { PerdureError } from "../core/errors.ts";
import type { LossCause } from "../core/lost-process.ts";
import { createRedact, type Redact } from "../core/redact.ts";
import { secretValues } from "../core/secret-names.ts";
import { LeaseBook } from "./lease-book.ts";
import { causeOf } from "./loss.ts";
import { limitsOf, type PoolOptions } from "./options.ts";
import { startProblem } from "./start-problem.ts";
import { type WorkerEnd, WorkerProcess, type WorkerProcessOptions } from "./worker-process.ts";

/** What a process is to be. */
export interface Post extends Pick<WorkerProcessOptions, "lease" | "start" | "memoryMb" | "onHeard" | "onBeat"> {
  /** It executes one run at a time. */
  readonly isAlone: boolean;
}

/** All processes of a pool, whatever their posts, and what becomes of the runs of those that end. */
export class Staff {
  readonly book = new LeaseBook<WorkerProcess>();
  readonly #options: PoolOptions;
  readonly #onChange: () => void;
  readonly #alive = new Map<WorkerProcess, Post>();
  readonly #redact: Redact;

  constructor(options: PoolOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
    // What the processes are given may be more than this process has, as from a file `.env`.
    this.#redact = createRedact(secretValues({ ...process.env, ...options.environment }));
  }

  get alive(): readonly WorkerProcess[] {
    return [...this.#alive.keys()];
  }

  postOf(worker: WorkerProcess): Post | undefined {
    return this.#alive.get(worker);
  }

  hire(post: Post): WorkerProcess {
    const { variableNames = [], environment = process.env, runtime = "node" } = this.#options;
    const worker = new WorkerProcess({
      ...this.#options,
      ...post,
      runtime,
      limits: limitsOf(this.#options),
      book: this.book,
      redact: this.#redact,
      variables: childEnvironment(environment, variableNames),
    });
    this.#alive.set(worker, post);
    this.#onChange();
    return worker;
  }

  /** One process, until its runs are in other hands. @returns Why it did not start, when it did not. */
  async accompany(worker: WorkerProcess, onReady: () => void): Promise<PerdureError | undefined> {
    const said = await started(worker);
    if (said === undefined) {
      onReady();
      this.#onChange();
    }
    const end = await worker.ended;
    if (!worker.isLeaving) this.#options.onWorkerEnded?.(end);
    const post = this.#alive.get(worker);
    this.#alive.delete(worker);
    this.#onChange();
    const cause = this.#causeOf(worker, end, post);
    await this.#handOver(worker, end, cause, post).catch(this.#options.onProblem);
    // Where its tasks alone need more than a run of them may use, that is the run's failure and not the pool's.
    const isTooSmall = post?.memoryMb !== undefined && cause.kind === "out of memory";
    return said === undefined || isTooSmall
      ? undefined
      : startProblem(this.#options.module, said.problem, end, `${worker.lastLines}`);
  }

  #causeOf(worker: WorkerProcess, end: WorkerEnd, post: Post | undefined): LossCause {
    return causeOf(end, {
      limits: limitsOf(this.#options),
      memoryMb: post?.memoryMb,
      rssMb: worker.lastBeat.rssMb,
      isHeapFull: worker.isHeapFull,
    });
  }

  async #handOver(worker: WorkerProcess, end: WorkerEnd, cause: LossCause, post: Post | undefined): Promise<void> {
    const { env, calls, onWorkerLost } = this.#options;
    const leases = this.book.drop(worker, env.monotonic());
    if (leases.length === 0) return;
    // Runs of a process that did not stop in time, or never took them, have done no harm: nothing is held against them.
    const isTooSmall = !worker.wasReady && cause.kind === "out of memory";
    if (end.killedFor === "stop" || !(worker.wasReady || isTooSmall)) {
      await calls.release({ workerId: `${worker.pid}`, leases: leases.map(({ runId, epoch }) => ({ runId, epoch })) });
      return;
    }
    const blamed = leases.map((lease) => ({ ...lease, hasBegun: lease.hasBegun || isTooSmall }));
    await onWorkerLost({ pid: worker.pid ?? 0, end, loss: { cause, isAlone: post?.isAlone ?? false, leases: blamed } });
  }
}

/** @returns What it said, when it did not start. */
async function started(worker: WorkerProcess): Promise<{ readonly problem: unknown } | undefined> {
  try {
    await worker.start();
    return undefined;
  } catch (problem) {
    worker.kill();
    return { problem };
  }
}
