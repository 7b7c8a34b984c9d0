import { perdureError } from "../core/errors.ts";
import type { LeaseKey } from "../core/run.ts";
import type { ClientCalls } from "../protocol/client-calls.ts";
import type { LeaseAnswer, WorkerCalls } from "../protocol/worker-calls.ts";
import { isForWorkers, isNodeCall, type NodeCall } from "../protocol/worker-process.ts";
import type { LeaseBook } from "./lease-book.ts";
import { leaseNews } from "./lease-news.ts";

export interface GateOptions<Holder> {
  readonly calls: ClientCalls & WorkerCalls;
  readonly book: LeaseBook<Holder>;
  readonly holder: Holder;
  /** What becomes of its requests for runs; it gets none that it may not have, whatever it asks for. */
  readonly lease: WorkerCalls["lease"];
  /** It takes nothing new. */
  readonly isAway: () => boolean;
  /** Parked runs whose code it may still have. */
  readonly keepWarm: number;
  /** What it holds may have changed. */
  readonly onHeard?: () => void;
  readonly onProblem: (error: unknown) => void;
}

type Call = (input: unknown) => Promise<unknown>;

/** Calls by which a worker gives a lease back or writes under it; what a dead process said last must be heard before it loses its leases. */
const REPORTS: ReadonlySet<NodeCall> = new Set(["record", "triggerFrom", "park", "unpark", "finish", "release"]);

/**
 * The way of one process's calls to the node. What is said under a lease passes only while this process holds it: code of users runs
 * there, and may not speak for the runs of others. What it is answered otherwise is what a worker hears that has lost a run.
 */
export class Gate<Holder> {
  readonly #options: GateOptions<Holder>;
  readonly #reports = new Set<Promise<unknown>>();
  /** Parked runs that may call back, by their last epoch; the latest of them. */
  readonly #parked = new Map<string, number>();

  constructor(options: GateOptions<Holder>) {
    this.#options = options;
  }

  async pass(call: string, input: unknown): Promise<unknown> {
    if (!isNodeCall(call)) throw perdureError("INTERNAL", { problem: `a worker process asked its node for ${call}` });
    if (!isForWorkers(call)) throw perdureError("ROOT_KEY_NEEDED", { call });
    const answer = this.#ask(call, input);
    return REPORTS.has(call) ? this.#untilAnswered(answer) : answer;
  }

  /** Resolves when what it has reported so far has been answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#reports);
  }

  async #ask(call: NodeCall, input: unknown): Promise<unknown> {
    switch (call) {
      case "lease":
        return this.#lease(input as Parameters<WorkerCalls["lease"]>[0]);
      case "renew":
        return this.#renew(input as Parameters<WorkerCalls["renew"]>[0]);
      case "release":
        return this.#release(input as Parameters<WorkerCalls["release"]>[0]);
      case "unpark":
        return this.#unpark(input as Parameters<WorkerCalls["unpark"]>[0]);
      case "record":
      case "triggerFrom":
      case "park":
      case "finish":
        return this.#options.book.holds(this.#options.holder, input as LeaseKey)
          ? this.#report(call, input as LeaseKey)
          : { state: "lost" };
      default:
        return (this.#options.calls[call] as Call)(input);
    }
  }

  async #report(call: "record" | "triggerFrom" | "park" | "finish", lease: LeaseKey): Promise<unknown> {
    const answer = (await (this.#options.calls[call] as Call)(lease)) as { readonly state: string };
    this.#hear(call, lease, answer);
    if (answer.state === "parked") this.#notePark(lease);
    return answer;
  }

  /**
   * A request for runs stays open at the node when its process stops or dies, and may then get the very runs that were given
   * back; and one that is busy would sit on new runs until it comes to read that it has them.
   */
  async #lease(input: Parameters<WorkerCalls["lease"]>[0]): Promise<LeaseAnswer> {
    const answer = await this.#options.lease(input);
    if (this.#options.isAway() && answer.runs.length > 0) {
      const leases = answer.runs.map(({ id, epoch }) => ({ runId: id, epoch }));
      await this.#untilAnswered(this.#handBack(input.workerId, leases));
      return { ...answer, runs: [] };
    }
    for (const { id } of answer.runs) this.#parked.delete(id);
    this.#hear("lease", input, answer);
    return answer;
  }

  /** Runs that no process has seen. */
  async #handBack(workerId: string, leases: readonly LeaseKey[]): Promise<void> {
    const { calls, onProblem } = this.#options;
    const input = { workerId, leases };
    await calls.release(input).catch(onProblem);
    // Who seats runs has them in the book before the process asks.
    this.#hear("release", input, undefined);
  }

  async #renew({ workerId, leases }: Parameters<WorkerCalls["renew"]>[0]): Promise<unknown> {
    const own = this.#own(leases);
    const input = { workerId, leases: own };
    const answer = await this.#options.calls.renew(input);
    this.#hear("renew", input, answer);
    const renewed = new Map(answer.leases.map((lease, i) => [own[i], lease]));
    const lost = ({ runId }: LeaseKey) => ({ runId, held: false, cancelRequested: false });
    return { ...answer, leases: leases.map((lease) => renewed.get(lease) ?? lost(lease)) };
  }

  async #release({ workerId, leases }: Parameters<WorkerCalls["release"]>[0]): Promise<void> {
    const input = { workerId, leases: this.#own(leases) };
    if (input.leases.length === 0) return;
    await this.#options.calls.release(input);
    this.#hear("release", input, undefined);
  }

  async #unpark(lease: Parameters<WorkerCalls["unpark"]>[0]): Promise<void> {
    if (this.#parked.get(lease.runId) === lease.epoch) await this.#options.calls.unpark(lease);
  }

  #own(leases: readonly LeaseKey[]): readonly LeaseKey[] {
    return leases.filter((lease) => this.#options.book.holds(this.#options.holder, lease));
  }

  #hear(call: NodeCall, input: unknown, answer: unknown): void {
    this.#options.book.hear(this.#options.holder, leaseNews(call, input, answer));
    this.#options.onHeard?.();
  }

  #notePark({ runId, epoch }: LeaseKey): void {
    this.#parked.delete(runId);
    this.#parked.set(runId, epoch);
    for (const oldest of this.#parked.keys()) {
      if (this.#parked.size <= this.#options.keepWarm) return;
      this.#parked.delete(oldest);
    }
  }

  async #untilAnswered<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#reports.add(answer);
    return answer.finally(() => this.#reports.delete(answer));
  }
}
