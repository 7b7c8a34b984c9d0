/** One performance of a task in a process of its own, as what is asked for it and what came of it crosses the process border. */
import type { EffectPolicy } from "../../core/effect-mode.ts";
import type { RetryOptions } from "../../core/retry.ts";
import type { RunEventKind, RunStatus } from "../../core/run-state.ts";

export interface Order {
  /** The absolute path of the module that exports the tasks. */
  readonly module: string;
  /** All of its tasks: one may start the others. */
  readonly tasks: readonly string[];
  readonly task: string;
  readonly payload: unknown;
  readonly effects: EffectPolicy;
  readonly retry?: RetryOptions;
  /** When it begins, on its own clock. Default: that of the test kit. */
  readonly start?: number;
  /** The execution is lost when the journals hold so many entries, and continued from the top. Absent: undisturbed. */
  readonly cut?: number;
}

/** Something that a run's story says. */
export interface Told {
  readonly kind: RunEventKind;
  readonly task: string;
  readonly details: unknown;
}

export interface Performance {
  readonly cut?: number;
  readonly ending: Ending;
  /** Of all runs. */
  readonly entries: number;
  readonly ms: number;
  /** The stories of all runs, one after the other. */
  readonly story: readonly Told[];
}

export type Ending =
  /** `output` is encoded; `lastedMs` is how long the run took on its own clock. */
  | {
      readonly kind: "final";
      readonly status: RunStatus;
      readonly output?: string;
      readonly error?: string;
      readonly lastedMs: number;
    }
  /** Its code has left its journal, and it waits for a person. */
  | { readonly kind: "held" }
  /** Nothing could happen any more that would end it. */
  | { readonly kind: "stuck"; readonly problem: string }
  /** The process was killed after so long. */
  | { readonly kind: "hung"; readonly seconds: number }
  | { readonly kind: "died"; readonly how: string };
