import { nextTurn, sleep, type Timer } from "../core/env.ts";
import { createId } from "../core/ids.ts";
import type { LeasedRun, LeaseKey } from "../core/run.ts";
import { continueRun } from "./attempt.ts";
import { callsOutsideRuns } from "./context.ts";
import type { WorkerDeps, WorkerOptions } from "./deps.ts";
import { Execution } from "./execution.ts";
import { installWhereNeeded } from "./interception/install.ts";
import { askTime } from "./lease.ts";
import { LogOutbox } from "./log-outbox.ts";
import { type Leased, Lookahead } from "./lookahead.ts";
import type { Stall } from "./stalls.ts";
import { StoreClock } from "./store-clock.ts";
import { WarmRuns } from "./warm-runs.ts";

/** Pause after a request that failed. */
const TROUBLE_MS = 1_000;
/** A lease is renewed three times before it ends. */
const RENEWALS_PER_LEASE = 3;

/** Takes runs from a node and continues them, as many at once as it has slots. */
export class Worker {
  readonly id: string;
  readonly #options: WorkerOptions;
  /** Puts back what finds the effects of runs, where one of the tasks has them recorded. */
  readonly #restore: () => void;
  readonly #deps: WorkerDeps;
  readonly #warm: WarmRuns;
  readonly #storeClock: StoreClock;
  readonly #logs: LogOutbox;
  readonly #executing = new Map<string, Execution>();
  readonly #lookahead: Lookahead;
  /** Runs that shall look as soon as they have a slot. */
  readonly #poked = new Set<string>();
  readonly #stopping = new AbortController();
  #slotFreed: () => void = () => undefined;
  #renewal: Timer | undefined;
  #leaseMs = 0;
  #renewing: Promise<void> | undefined;

  constructor(given: WorkerOptions) {
    const options = { ...given, calls: callsOutsideRuns(given.calls) };
    const { env } = options;
    this.#options = options;
    this.#restore = installWhereNeeded(options);
    this.id = createId("worker", env);
    this.#warm = new WarmRuns(options.keepWarm);
    this.#lookahead = new Lookahead(env, (leases) => void this.#release(leases));
    this.#storeClock = new StoreClock(env);
    this.#logs = new LogOutbox(env, (lines) => options.calls.appendLogs(lines));
    this.#deps = {
      ...options,
      workerId: this.id,
      logs: this.#logs,
      storeClock: this.#storeClock,
      ownStall: () => ({ stall: options.stall?.(), runs: this.#executing.size }),
      confirmLeases: () => this.#renewOrPause(),
      onGivenUp: options.onGivenUp ?? (() => undefined),
      onReporting: (heldMs) => {
        this.#lookahead.noteRun(heldMs);
        this.#freeSlot();
      },
    };
  }

  start(): void {
    void this.#leaseLoop();
  }

  /** The runs whose code is alive in this process and not parked. */
  get executing(): readonly Execution[] {
    return [...this.#executing.values()];
  }

  /** Something that a run waits for may have happened, or its end was asked for. */
  poke(runId: string): void {
    this.#executing.get(runId)?.poke();
    if (this.#executing.has(runId)) void this.#renewOrPause();
    else if (this.#lookahead.has(runId)) this.#poked.add(runId);
  }

  /** The event loop was late; whatever executes here was executing then. */
  noteStall(stall: Stall): void {
    for (const execution of this.#executing.values()) execution.noteStall(stall, this.#executing.size);
  }

  /** Takes nothing new, hands its runs back without burning an attempt, and forgets them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#renewal?.clear();
    this.#slotFreed();
    const leases = [...this.executing.map(({ key }) => key), ...this.#lookahead.clear()];
    for (const execution of this.executing) execution.close();
    this.#executing.clear();
    this.#warm.close();
    this.#restore();
    await Promise.all([this.#release(leases), this.flushLogs()]);
  }

  /** Sends the lines that wait for their turn. */
  flushLogs(): Promise<void> {
    return this.#logs.flush();
  }

  async #release(leases: readonly LeaseKey[]): Promise<void> {
    if (leases.length === 0) return;
    await this.#options.calls.release({ workerId: this.id, leases }).catch(this.#options.onProblem);
  }

  async #leaseLoop(): Promise<void> {
    const { env, calls, registry, version, concurrency, leaseWaitMs, onProblem } = this.#options;
    // Asked again under the same id after trouble: an answer that was lost has leased runs already.
    let leaseId = createId("lease", env);
    while (!this.#stopping.signal.aborted) {
      // A slot is free when its run's code has ended: the next run is leased while the report is on its way to the disk, so
      // that on a slow one the two share a commit. The turn lets slots that become free together be filled together.
      const limit = this.#freeSlots + this.#lookahead.wanted(concurrency) - this.#lookahead.size;
      if (limit <= 0) {
        await this.#untilSlotFree();
        await nextTurn(env);
        continue;
      }
      const askedAt = askTime(env);
      try {
        const { runs, leaseMs, now } = await calls.lease({
          workerId: this.id,
          leaseId,
          tasks: registry.ids,
          ...(version === undefined ? {} : { version }),
          limit,
          waitMs: leaseWaitMs,
        });
        leaseId = createId("lease", env);
        this.#heard(leaseMs, now);
        this.#lookahead.noteLease(env.monotonic() - askedAt.monotonic, runs.length === limit);
        for (const run of runs) this.#lookahead.add({ run, askedAt });
        if (this.#stopping.signal.aborted) await this.#release(this.#lookahead.clear());
        else this.#fillSlots();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        onProblem(error);
        await sleep(env, TROUBLE_MS, this.#stopping.signal);
      }
    }
  }

  get #freeSlots(): number {
    return this.#options.concurrency - this.executing.filter(({ isReporting }) => !isReporting).length;
  }

  #fillSlots(): void {
    const begun: Leased[] = [];
    for (let free = this.#freeSlots; free > 0; free--) {
      const next = this.#lookahead.take();
      if (next === undefined) break;
      begun.push(next);
    }
    if (begun.length === 0) return;
    this.#options.onBegin?.(begun.map(({ run }) => ({ runId: run.id, epoch: run.epoch })));
    for (const leased of begun) this.#begin(leased);
  }

  #freeSlot(): void {
    this.#fillSlots();
    this.#slotFreed();
  }

  #begin({ run, askedAt }: Leased): void {
    const execution = this.#executionOf(run);
    execution.lease.confirm(askedAt, this.#leaseMs);
    this.#executing.set(run.id, execution);
    this.#scheduleRenewal();
    if (run.cancelRequestedAt !== undefined && run.phase === "running") execution.cancel();
    if (this.#poked.delete(run.id)) void this.#renewOrPause();
    continueRun(execution, this.#deps, this.#warm)
      .catch((error: unknown) => {
        execution.loseTo(error);
        execution.close();
      })
      .finally(() => {
        if (this.#executing.get(run.id) === execution) this.#executing.delete(run.id);
        if (!execution.isReporting) this.#lookahead.noteRun(execution.heldMs);
        this.#freeSlot();
      });
  }

  #executionOf(run: LeasedRun): Execution {
    this.#executing.get(run.id)?.lose();
    const warm = this.#warm.take(run.id);
    if (warm?.canContinue(run)) {
      warm.continue(run);
      return warm;
    }
    if (warm !== undefined) {
      if (run.phase === "undoing") this.#warm.keepUndos(run.id, warm.steps.undos);
      warm.close();
    }
    return new Execution(run, this.#deps);
  }

  #untilSlotFree(): Promise<void> {
    return new Promise((resolve) => {
      this.#slotFreed = resolve;
    });
  }

  /** Renews for as long as something executes. */
  #scheduleRenewal(): void {
    if (this.#renewal !== undefined || this.#executing.size === 0) return;
    this.#renewal = this.#options.env.timer(this.#leaseMs / RENEWALS_PER_LEASE, () => {
      this.#renewal = undefined;
      void this.#renewOrPause().then(() => this.#scheduleRenewal());
    });
  }

  /** One renewal at a time; whoever wants one meanwhile gets that one's answer. */
  #renewOrPause(): Promise<void> {
    this.#renewing ??= this.#renew()
      .catch(async (error: unknown) => {
        if (this.#stopping.signal.aborted) return;
        this.#options.onProblem(error);
        await sleep(this.#options.env, TROUBLE_MS, this.#stopping.signal);
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  async #renew(): Promise<void> {
    const executing = this.executing;
    const keys = executing.map(({ key }) => key);
    // In a turn of its own: whoever waits for a trusted lease asks again, and must not keep the event loop from ending that.
    if (executing.length === 0 || this.#stopping.signal.aborted) return nextTurn(this.#options.env);
    const askedAt = askTime(this.#options.env);
    const { leases, leaseMs, now } = await this.#options.calls.renew({
      workerId: this.id,
      leases: keys,
    });
    this.#heard(leaseMs, now);
    for (const [i, { held, cancelRequested }] of leases.entries()) {
      const execution = executing[i] as Execution;
      // It may be parking, or have gone on under a later lease meanwhile: then this answer says nothing about it.
      if (execution.isParked || execution.key.epoch !== keys[i]?.epoch) continue;
      if (!held) execution.lose();
      else execution.lease.confirm(askedAt, leaseMs);
      if (held && cancelRequested && execution.run.phase === "running") execution.cancel();
    }
  }

  #heard(leaseMs: number, storeNow: number): void {
    this.#leaseMs = leaseMs;
    this.#storeClock.heard(storeNow);
  }
}
