import { decodeValue, encodeValue } from "../core/codec.ts";
import { type Entry, type EntryOutcome, hasStepKey, stepIdentity } from "../core/entry.ts";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { errorOf, type Failure, failureOf } from "../core/failure.ts";
import type { MetadataChange, StepOptions, StepTools } from "../sdk/index.ts";
import { inScope } from "./context.ts";
import type { Execution } from "./execution.ts";
import { idempotencyKeyOf } from "./fingerprint.ts";
import { type KeptSteps, loadKeptSteps } from "./kept-steps.ts";
import { createStepScope } from "./scope.ts";
import { changesIn, withChanges } from "./step-changes.ts";

/** Takes back what a step did. */
export type Undo = () => unknown;

interface Outcome {
  readonly outcome: EntryOutcome;
  readonly result: string;
}

interface Step {
  readonly name: string;
  readonly identity: string;
  readonly run: (tools: StepTools) => unknown;
  readonly undo: ((result: never) => unknown) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The steps of one execution: run once, recorded before the code sees the result, released from the journal ever after. */
export class Steps {
  readonly #execution: Execution;
  readonly #undos = new Map<string, Undo>();
  readonly #warned = new Set<string>();
  /** Steps of this journal whose undo is owed already. */
  readonly #intended = new Set<string>();
  #kept: Promise<KeptSteps> | undefined;
  #active = 0;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get areIdle(): boolean {
    return this.#active === 0;
  }

  /** How many steps are executing user code or on their way to it. */
  get active(): number {
    return this.#active;
  }

  /** What the code has said about taking steps back, by journal and key of the step. */
  get undos(): ReadonlyMap<string, Undo> {
    return this.#undos;
  }

  /** Whether the code has come again to every step that its journal says it had begun and may have to take back. */
  get areIntentsHeard(): boolean {
    const { journal } = this.#execution.run;
    return [...this.#intended].every((key) => this.#undos.has(`${journal}:${key}`));
  }

  /** The journal holds the intent of this step: when it runs again, it owes no second undo. */
  noteIntent(key: string): void {
    this.#intended.add(key);
  }

  run<Result>(
    name: string,
    run: (tools: StepTools) => Result | Promise<Result>,
    { key, undo }: StepOptions<Result>,
  ): Promise<Result> {
    return new Promise<unknown>((resolve, reject) => {
      const identity = stepIdentity(name, key === undefined ? undefined : String(key));
      const step: Step = { name, identity, run, undo, resolve, reject };
      this.#execution.ask({
        kind: "step",
        identity,
        begin: (entryKey) => void this.#begin(step, entryKey),
        deliver: (entry) => this.#deliver(step, entry),
        intend: (entryKey) => this.#keepUndo(step, this.#execution.run.journal, entryKey, undefined),
      });
    }) as Promise<Result>;
  }

  async #begin(step: Step, key: string): Promise<void> {
    this.#active++;
    try {
      if (await this.#useKept(step, key)) return;
      this.#checkKey(step, key);
      await this.#execution.uncertain.begins(key);
      if (step.undo !== undefined) await this.#intend(step, key);
      // Timers and chunks that the code has seen may have led it to this step, so they are on disk before its effect.
      if (this.#execution.effects !== undefined && this.#execution.recorder.hasPending) await this.#execution.flush();
      // Last: nothing may come between this and the effect.
      await this.#execution.trustedLease();
      if (this.#execution.isClosed || this.#execution.isReporting) return;
      this.#record(step, key, await this.#perform(step, key));
    } catch (error) {
      if (isPerdureError(error) && error.code === "STEP_KEY_MISSING") this.#record(step, key, failedWith(error));
      else this.#execution.loseTo(error);
    } finally {
      this.#active--;
      this.#execution.changed();
    }
  }

  /** Both outcomes travel as text, so the code sees now exactly what a continuation will see. */
  async #perform({ name, run }: Step, key: string): Promise<Outcome> {
    const idempotencyKey = idempotencyKeyOf(this.#execution.run.id, key);
    const { signal } = this.#execution.abort;
    const changes: MetadataChange[] = [];
    try {
      const scope = createStepScope(this.#execution, name, key, changes);
      const returned = await inScope(scope, () => run({ idempotencyKey, signal }));
      return {
        outcome: "completed",
        result: withChanges(encodeValue(returned, `The result of step ${name}`), changes),
      };
    } catch (thrown) {
      const { outcome, result } = failedWith(thrown);
      return { outcome, result: withChanges(result, changes) };
    }
  }

  #record(step: Step, key: string, { outcome, result }: Outcome): void {
    this.#execution.uncertain.noteRecorded();
    this.#execution.journal.record({ kind: "step", key, outcome, result }, () =>
      this.#settle(step, key, outcome, result),
    );
  }

  async #deliver(step: Step, entry: Entry): Promise<void> {
    if (entry.keptSeq === undefined) {
      this.#execution.metadata.repeat(changesIn(entry.result as string));
      this.#settle(step, entry.key, entry.outcome, entry.result as string);
      return;
    }
    const origin = await this.#find(entry.keptSeq);
    this.#keepUndo(step, origin.journal, origin.key, origin.result);
    step.resolve(decodeValue(origin.result as string));
  }

  #settle(step: Step, key: string, outcome: EntryOutcome, result: string): void {
    if (outcome === "failed") {
      this.#keepUndo(step, this.#execution.run.journal, key, undefined);
      step.reject(errorOf(JSON.parse(result) as Failure));
    } else {
      this.#keepUndo(step, this.#execution.run.journal, key, result);
      step.resolve(decodeValue(result));
    }
  }

  async #useKept(step: Step, key: string): Promise<boolean> {
    if (this.#execution.run.journal === 1) return false;
    this.#kept ??= loadKeptSteps(this.#execution.run, this.#execution.deps.calls);
    const kept = await this.#kept;
    const keptSeq = kept.seqOf(key);
    if (keptSeq === undefined) {
      if (kept.isAmbiguous(step.identity)) throw keyMissing(step);
      return false;
    }
    const origin = await this.#find(keptSeq);
    this.#keepUndo(step, origin.journal, origin.key, origin.result);
    const result = decodeValue(origin.result as string);
    this.#execution.journal.recordLazily({ kind: "step", key, outcome: "completed", keptSeq }, () =>
      step.resolve(result),
    );
    return true;
  }

  /** A warning in the first attempt; an error in a later one, where it would be anyone's guess which result is whose. */
  #checkKey(step: Step, key: string): void {
    const { run, journal, recorder, log } = this.#execution;
    if (hasStepKey(key) || journal.countOf(step.identity) < 2) return;
    if (run.journal > 1) throw keyMissing(step);
    if (this.#warned.has(step.name)) return;
    this.#warned.add(step.name);
    recorder.note({ kind: "step.key-missing", details: JSON.stringify({ step: step.name }) });
    log.warn(keyMissing(step).message);
  }

  async #intend(step: Step, key: string): Promise<void> {
    this.#keepUndo(step, this.#execution.run.journal, key, undefined);
    if (this.#intended.has(key)) return;
    this.#intended.add(key);
    this.#execution.recorder.add({ kind: "intent", key, outcome: "completed" });
    await this.#execution.recorder.flush();
  }

  #keepUndo({ undo }: Step, journal: number, key: string, result: string | undefined): void {
    if (undo === undefined) return;
    this.#undos.set(`${journal}:${key}`, () => undo((result === undefined ? undefined : decodeValue(result)) as never));
  }

  async #find(seq: number): Promise<Entry> {
    const { run, deps } = this.#execution;
    const entry = await deps.calls.readEntry({ runId: run.id, seq });
    if (entry?.result !== undefined) return entry;
    throw perdureError("INTERNAL", { problem: `Entry ${seq} of run ${run.id}, which a kept step repeats, is missing` });
  }
}

function failedWith(thrown: unknown): Outcome {
  return { outcome: "failed", result: JSON.stringify(failureOf(thrown)) };
}

function keyMissing({ name }: Step): Error {
  return perdureError("STEP_KEY_MISSING", { step: name });
}
