/** What the run function of a task is told about its run. */
export interface RunContext {
  readonly task: { readonly id: string };
  readonly queue: { readonly name: string };
  /** The attempt under way, from 1. One attempt goes on over as many processes as it takes. */
  readonly attempt: { readonly number: number };
  readonly run: {
    readonly id: string;
    readonly tags: readonly string[];
    readonly createdAt: Date;
    readonly startedAt: Date;
    readonly isReplay: boolean;
    readonly idempotencyKey?: string;
    readonly maxAttempts: number;
    /** Seconds of executing time that an attempt may take. */
    readonly maxDuration?: number;
    readonly priority: number;
    readonly version?: string;
    readonly parentTaskRunId?: string;
    readonly rootTaskRunId: string;
    readonly depth: number;
  };
  readonly batch?: { readonly id: string };
  readonly environment: { readonly id: string };
}

/** What a step's function is handed. */
export interface StepTools {
  /** Equal for every repetition of this step, in whatever process or attempt: pass it to services that take one. */
  readonly idempotencyKey: string;
  /** Aborted when the run is canceled or exceeds its `maxDuration`. */
  readonly signal: AbortSignal;
}

export interface StepOptions<Result> {
  /** Tells equally named steps apart across attempts: the id of the thing that the step is about. */
  readonly key?: string | number;
  /**
   * Takes back what the step did, when the run ends as failed or canceled. Owed from the moment before the step starts;
   * `result` is undefined when a crash came between the step's effect and its record. Runs as a step itself.
   */
  readonly undo?: (result: Result | undefined) => unknown;
}
