import { childIdentity, type Entry, type EntryKind, type Waitpoint, waitIdentity } from "../core/entry.ts";
import type { Timer } from "../core/env.ts";
import { errorOf, type Failure, failureOf } from "../core/failure.ts";
import { createId } from "../core/ids.ts";
import type { TriggeredRun, TriggerRequest } from "../protocol/client-calls.ts";
import type { ChildResult, TriggerFromAnswer } from "../protocol/worker-calls.ts";
import type { WaitRequest } from "../sdk/index.ts";
import type { Execution } from "./execution.ts";
import { batchIdOf, fingerprintOf } from "./fingerprint.ts";

interface Batch<Child> {
  readonly batchId?: string;
  readonly runs: readonly Child[];
}

interface OpenWait {
  readonly dueAt: number | undefined;
  readonly complete: () => void;
  timer?: Timer;
}

/** What one execution waits for: time, and children. A wait is a row from before the run parks on it until its end was seen. */
export class Waits {
  readonly #execution: Execution;
  readonly #open = new Map<string, OpenWait>();
  /** Waitpoints whose end the journal has recorded. */
  readonly #seen = new Set<string>();
  #busy = 0;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get waitingOn(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** No child is being started and no result being fetched. */
  get areSettled(): boolean {
    return this.#busy === 0;
  }

  waitUntil({ kind, argument, dueAt }: WaitRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const open = (id: string, key: string, due: number | undefined) =>
        this.#open.set(id, { dueAt: due, complete: () => this.#record("wait", key, id, resolve) });
      this.#execution.ask({
        kind: "wait",
        identity: waitIdentity(kind, argument),
        adoptable: `wait:${kind}`,
        begin: (key) =>
          this.#whenCertain(() => {
            const due = this.#decide(key, () => dueAt(this.#execution.deps.storeClock.now()), reject);
            if (due === undefined) return;
            const id = createId("waitpoint", this.#execution.deps.env);
            this.#execution.recorder.addWaitpoint({ id, entryKey: key, kind: "time", dueAt: due });
            open(id, key, due);
            this.#persistUnlessParked(id);
          }),
        deliver: (entry) => this.#deliver(entry, resolve, reject),
        claim: (waitpoint) => {
          open(waitpoint.id, waitpoint.entryKey, waitpoint.dueAt);
          this.#claimed(waitpoint);
        },
      });
    });
  }

  triggerAndWait(requests: readonly TriggerRequest[], asBatch: boolean): Promise<Batch<ChildResult>> {
    return new Promise((resolve, reject) => {
      const open = (id: string, key: string) =>
        this.#open.set(id, {
          dueAt: undefined,
          complete: () =>
            void this.#fetchChildren(id, key, (runs) => resolve({ ...this.#batchOf(key, asBatch), runs })),
        });
      this.#execution.ask({
        kind: "children",
        identity: childIdentity("children", tasksOf(requests), fingerprintOf(requests)),
        begin: (key) => {
          const { env, calls } = this.#execution.deps;
          const waitpoint = { id: createId("waitpoint", env), entryKey: key };
          const runIds = requests.map(() => createId("run", env));
          this.#busily(async () => {
            const answer = await this.#execution.recorder.send(
              (append) =>
                calls.triggerFrom({
                  ...this.#execution.key,
                  append,
                  requests,
                  runIds,
                  waitpoint,
                  ...this.#batchOf(key, asBatch),
                }),
              ({ state }) => state === "triggered",
            );
            if (answer.state !== "triggered" || answer.waitpoint === undefined) return;
            open(answer.waitpoint.id, key);
            this.#claimed(answer.waitpoint);
          }).catch((error: unknown) => this.#fail("children", key, error, reject));
        },
        deliver: async (entry) => {
          if (entry.outcome === "failed") return this.#deliver(entry, resolve as never, reject);
          this.#seen.add(entry.waitpointId as string);
          const { calls } = this.#execution.deps;
          const runs = await calls.readChildren({ waitpointId: entry.waitpointId as string });
          resolve({ ...this.#batchOf(entry.key, asBatch), runs });
        },
        claim: (waitpoint) => {
          open(waitpoint.id, waitpoint.entryKey);
          this.#claimed(waitpoint);
        },
      });
    });
  }

  /** Starts runs without waiting for them. The entry that says so is written in the transaction that creates them. */
  trigger(requests: readonly TriggerRequest[], asBatch: boolean): Promise<Batch<TriggeredRun>> {
    return new Promise((resolve, reject) => {
      this.#execution.ask({
        kind: "trigger",
        identity: childIdentity("trigger", tasksOf(requests), fingerprintOf(requests)),
        begin: (key) => {
          const { env, calls } = this.#execution.deps;
          const runIds = requests.map(() => createId("run", env));
          this.#busily(async () => {
            await this.#execution.recorder.send(
              (append) => {
                const answer = calls.triggerFrom({
                  ...this.#execution.key,
                  append,
                  requests,
                  runIds,
                  entryKey: key,
                  ...this.#batchOf(key, asBatch),
                });
                this.#releaseWhen(key, answer, (runs) => resolve({ ...this.#batchOf(key, asBatch), runs }));
                return answer;
              },
              ({ state }) => state === "triggered",
              1,
            );
          }).catch((error: unknown) => this.#fail("trigger", key, error, reject));
        },
        deliver: (entry) => {
          if (entry.outcome === "failed") return this.#deliver(entry, resolve as never, reject);
          const runs = JSON.parse(entry.result as string) as readonly TriggeredRun[];
          resolve({ ...this.#batchOf(entry.key, asBatch), runs });
        },
      });
    });
  }

  /** Open waits that the store knows of: those that the code must ask for again before a replay has caught up. */
  async listOpen(): Promise<readonly Waitpoint[]> {
    return this.#execution.run.phase === "undoing" ? [] : this.listKnown();
  }

  /** Waits of this journal that have a row of their own and whose end its code has not seen. */
  async listKnown(): Promise<readonly Waitpoint[]> {
    const { run, deps } = this.#execution;
    if (run.epoch === 1) return [];
    const waitpoints = await deps.calls.readWaitpoints({ runId: run.id, journal: run.journal });
    return waitpoints.filter(({ id, kind }) => kind !== "hold" && !this.#seen.has(id));
  }

  /** Asks the store which of the open waits are over. */
  async refresh(): Promise<void> {
    const { run, deps } = this.#execution;
    await this.#busily(async () => {
      const waitpoints = await deps.calls.readWaitpoints({ runId: run.id, journal: run.journal });
      if (this.#execution.isParked || this.#execution.isClosed) return;
      for (const waitpoint of waitpoints) if (waitpoint.status === "completed") this.#complete(waitpoint.id);
      for (const id of this.#open.keys()) this.#arm(id);
    }).catch((error: unknown) => this.#execution.loseTo(error));
  }

  disarm(): void {
    for (const open of this.#open.values()) open.timer?.clear();
  }

  #batchOf(key: string, asBatch: boolean): { batchId?: string } {
    return asBatch ? { batchId: batchIdOf(this.#execution.run, key) } : {};
  }

  /** Takes its place among the results now, since the entry has one already; a refusal is recorded by the caller of the call. */
  #releaseWhen(
    key: string,
    answer: Promise<TriggerFromAnswer>,
    resolve: (runs: readonly TriggeredRun[]) => void,
  ): void {
    let runs: readonly TriggeredRun[] | undefined;
    const written = answer.then(
      (given) => {
        if (given.state === "triggered") runs = given.runs;
      },
      () => undefined,
    );
    const entry = { kind: "trigger", key, outcome: "completed" } as const;
    this.#execution.journal.release(entry, () => runs !== undefined && resolve(runs), written);
  }

  #claimed({ id, status }: Waitpoint): void {
    if (status === "completed") this.#complete(id);
    else this.#persistUnlessParked(id);
  }

  #complete(id: string): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#seen.add(id);
    open.timer?.clear();
    open.complete();
  }

  #record(kind: EntryKind, key: string, waitpointId: string, release: () => void): void {
    this.#execution.journal.recordLazily({ kind, key, outcome: "completed", waitpointId }, release);
  }

  async #fetchChildren(id: string, key: string, resolve: (children: readonly ChildResult[]) => void): Promise<void> {
    await this.#busily(async () => {
      const children = await this.#execution.deps.calls.readChildren({ waitpointId: id });
      this.#record("children", key, id, () => resolve(children));
    }).catch((error: unknown) => this.#execution.loseTo(error));
  }

  /** Where the run does not park on it at once, the wait goes to the disk by itself and ends by a timer of our own. */
  #persistUnlessParked(id: string): void {
    const { env } = this.#execution.deps;
    env.turn(() =>
      env.turn(() => {
        if (!this.#open.has(id) || this.#execution.isParked || this.#execution.isClosed) return;
        void this.#execution.recorder.flush();
        this.#arm(id);
      }),
    );
  }

  #arm(id: string): void {
    const open = this.#open.get(id);
    if (open?.dueAt === undefined) return;
    open.timer?.clear();
    const { env, storeClock } = this.#execution.deps;
    open.timer = env.timer(open.dueAt - storeClock.now(), () => this.#complete(id));
  }

  #deliver(entry: Entry, resolve: () => void, reject: (error: unknown) => void): void {
    if (entry.waitpointId !== undefined) this.#seen.add(entry.waitpointId);
    if (entry.outcome === "failed") reject(errorOf(JSON.parse(entry.result as string) as Failure));
    else resolve();
  }

  /** What is refused is recorded like any other outcome: the code may go on from it. */
  #fail(kind: EntryKind, key: string, error: unknown, reject: (error: unknown) => void): void {
    const failure = failureOf(error);
    this.#execution.journal.record({ kind, key, outcome: "failed", result: JSON.stringify(failure) }, () =>
      reject(errorOf(failure)),
    );
  }

  /** At once, or when the node has told us what the store's clock shows. */
  #whenCertain(action: () => void): void {
    const { deps } = this.#execution;
    if (deps.storeClock.isCertain) {
      action();
      return;
    }
    void this.#busily(async () => {
      while (!deps.storeClock.isCertain && !this.#execution.isClosed) await deps.confirmLeases();
      if (!this.#execution.isClosed) action();
    });
  }

  #decide(key: string, dueAt: () => number, reject: (error: unknown) => void): number | undefined {
    try {
      return dueAt();
    } catch (error) {
      this.#fail("wait", key, error, reject);
      return undefined;
    }
  }

  async #busily(work: () => Promise<void>): Promise<void> {
    this.#busy++;
    try {
      await work();
    } finally {
      this.#busy--;
      this.#execution.changed();
    }
  }
}

function tasksOf(requests: readonly TriggerRequest[]): string {
  return [...new Set(requests.map(({ task }) => task))].sort().join(",");
}
