import type { EffectOptions } from "./effect-mode.ts";
import type { RetryOptions } from "./retry.ts";
import type { OnDivergence } from "./run.ts";

/** What an instance knows about each task; the engine takes defaults and limits from it. */
export interface TaskManifest {
  id: string;
  queue: { name: string; concurrencyLimit: number | null };
  retry?: RetryOptions;
  maxDurationSeconds?: number;
  ttlMs?: number;
  onDivergence?: OnDivergence;
  /** How effects outside of steps are treated, where the task says it; what it leaves open is the worker's to fill. */
  effects?: EffectOptions;
  /** Each run has a process to itself, with this much memory; 0 for no limit. Absent: they share one. */
  memoryMb?: number;
}

/** What an instance says for all its tasks; a task's own word goes before. */
export type TaskDefaults = Pick<TaskManifest, "retry" | "maxDurationSeconds" | "ttlMs" | "onDivergence">;
