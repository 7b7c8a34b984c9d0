import { childEnvironment } from "../core/child-environment.ts";
import type { PerdureError } from "../core/errors.ts";
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

  constructor(options: PoolOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
  }

  get alive(): readonly WorkerProcess[] {
    return [...this.#alive.keys()];
  }

  postOf(worker: WorkerProcess): Post | undefined {
    return this.#alive.get(worker);
  }

  hire(post: Post): WorkerProcess {
    const { variableNames = [] } = this.#options;
    const worker = new WorkerProcess({
      ...this.#options,
      ...post,
      limits: limitsOf(this.#options),
      book: this.book,
      variables: childEnvironment(process.env, variableNames),
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
    const post = this.#alive.get(worker);
    this.#alive.delete(worker);
    this.#onChange();
    await this.#handOver(worker, end, post).catch(this.#options.onProblem);
    return said && startProblem(this.#options.module, said.problem, end, `${worker.lastLines}`);
  }

  async #handOver(worker: WorkerProcess, end: WorkerEnd, post: Post | undefined): Promise<void> {
    const { env, calls, onWorkerLost } = this.#options;
    const leases = this.book.drop(worker, env.monotonic());
    if (leases.length === 0) return;
    // Runs of a process that did not stop in time, or never took them, have done no harm: nothing is held against them.
    if (end.killedFor === "stop" || !worker.wasReady) {
      await calls.release({ workerId: `${worker.pid}`, leases: leases.map(({ runId, epoch }) => ({ runId, epoch })) });
      return;
    }
    const cause = causeOf(end, {
      limits: limitsOf(this.#options),
      memoryMb: post?.memoryMb,
      rssMb: worker.lastBeat.rssMb,
      lastLines: `${worker.lastLines}`,
    });
    await onWorkerLost({ pid: worker.pid ?? 0, end, loss: { cause, isAlone: post?.isAlone ?? false, leases } });
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
