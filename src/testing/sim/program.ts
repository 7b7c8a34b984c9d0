/**
 * What the simulated runs do, as data: a program travels in a run's payload, is performed with the real SDK (`perform.ts`),
 * and says to the checker what its run must have returned (`checks/outputs.ts`).
 */
import { entryKey, stepIdentity } from "../../core/entry.ts";
import type { Way } from "./outside.ts";

export type Program = readonly Operation[];

export type Operation =
  | EffectOperation
  /** @param fails - Throws in attempts up to this one. */
  | {
      readonly op: "step";
      readonly at: string;
      readonly ms: number;
      readonly key?: string;
      readonly fails: number;
      readonly undo?: "works" | "fails";
    }
  | { readonly op: "wait"; readonly at: string; readonly ms: number }
  /** Until this long after the run was made. */
  | { readonly op: "until"; readonly at: string; readonly ms: number }
  /** A child that is waited for; `unwrap` throws what it failed with. */
  | { readonly op: "child"; readonly at: string; readonly child: Child; readonly unwrap: boolean }
  | {
      readonly op: "batch";
      readonly at: string;
      readonly children: readonly Child[];
      readonly how: "one task" | "by task";
    }
  /** Children that nobody waits for. */
  | { readonly op: "fire"; readonly at: string; readonly children: readonly Child[] }
  | { readonly op: "fire in step"; readonly at: string; readonly child: Child }
  | { readonly op: "all"; readonly at: string; readonly branches: readonly Program[] }
  /** Branches of one operation each. */
  | { readonly op: "race"; readonly at: string; readonly branches: Program }
  | { readonly op: "try"; readonly at: string; readonly body: Program }
  | {
      readonly op: "throw";
      readonly at: string;
      readonly how: "error" | "abort" | "retry later";
      readonly attempts: number;
    }
  /** Takes its process down, in attempts up to this one. */
  | { readonly op: "poison"; readonly at: string; readonly attempts: number }
  | { readonly op: "note"; readonly at: string }
  /** Work that the journal knows nothing of. */
  | { readonly op: "work"; readonly at: string; readonly ms: number };

/** What only tasks do whose effects are recorded. */
export type EffectOperation =
  /** So many times, one after the other; `throws` what went wrong, unless it was given up. */
  | (Asking & {
      readonly op: "request";
      readonly method: "GET" | "POST";
      readonly times: number;
      readonly throws: boolean;
    })
  /** Two that are equal but for a header; the second is made so much later. */
  | (Asking & { readonly op: "twins"; readonly lateMs: number })
  /** Acts on the first chunk, which says the same each time it is asked for. */
  | (Asking & { readonly op: "stream"; readonly body: Program })
  /** One that does not hold the run lets it park. */
  | { readonly op: "timer"; readonly at: string; readonly ms: number; readonly holds: boolean }
  | { readonly op: "interval"; readonly at: string; readonly ms: number; readonly times: number }
  /** Reads the clocks, and draws. */
  | { readonly op: "look"; readonly at: string };

interface Asking {
  readonly at: string;
  readonly ways: readonly Way[];
  readonly ms: number;
  /** After which the code gives it up. */
  readonly patienceMs?: number;
}

export interface Child {
  readonly task: TaskName;
  readonly program: Program;
  readonly options: ChildOptions;
}

/** Options of a trigger, in the shape of the SDK's. */
export interface ChildOptions {
  readonly idempotencyKey?: string;
  readonly idempotencyKeyTTL?: string;
  readonly delay?: string;
  readonly ttl?: string;
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly tags?: readonly string[];
  readonly metadata?: Record<string, unknown>;
}

/** Tasks by their ways of being run; what they do is their payload. */
export const TASKS = {
  plain: {},
  narrow: { queue: { name: "narrow", concurrencyLimit: 1 } },
  pair: { queue: { name: "pair", concurrencyLimit: 2 } },
  stubborn: { retry: { maxAttempts: 5, minTimeoutInMs: 200, maxTimeoutInMs: 3_000 } },
  single: { retry: { maxAttempts: 1 } },
  timed: { maxDuration: 20, queue: { name: "pair", concurrencyLimit: 2 } },
  recorded: { effects: "auto" },
  resuming: { effects: "auto", retry: { maxAttempts: 4, minTimeoutInMs: 200, maxTimeoutInMs: 3_000, resume: true } },
  careful: { effects: { mode: "strict", onUncertain: "fail" } },
} as const;
export type TaskName = keyof typeof TASKS;

/** What these do outside of steps is recorded. */
export function recordsEffects(task: string): boolean {
  return "effects" in (TASKS[task as TaskName] ?? {});
}
export const TASK_NAMES = Object.keys(TASKS) as readonly TaskName[];

/** Every queue that has a limit. */
export const LIMITED: Readonly<Record<string, number>> = { narrow: 1, pair: 2 };

/** What a run returns: what each of its operations came to, in their order. */
export type Outcome = readonly Came[];

export type Came =
  | { readonly at: string; readonly step: string }
  | { readonly at: string; readonly children: readonly ChildSeen[] }
  | { readonly at: string; readonly fired: readonly string[] }
  | { readonly at: string; readonly branches: readonly Outcome[] }
  | { readonly at: string; readonly won: number; readonly came: Came }
  | { readonly at: string; readonly caught: string }
  | { readonly at: string; readonly tried: Outcome }
  | { readonly at: string; readonly heard: readonly Heard[]; readonly came?: Outcome }
  | { readonly at: string; readonly drew: string }
  | { readonly at: string; readonly done: true };

/** What came back of one request. */
export interface Heard {
  /** That of its operation, and how many came before it there. */
  readonly place: string;
  readonly how: "answered" | "cut" | "refused" | "uncertain" | "given up";
  readonly text: string;
  /** Of the arrival that it answers. */
  readonly number?: number;
}

export interface ChildSeen {
  readonly id: string;
  readonly ok: boolean;
  readonly output?: unknown;
  readonly error?: string;
}

/** The key under which the journal has the step of an operation. */
export function stepKeyOf(at: string, key: string | undefined): string {
  return entryKey(stepIdentity(at, key), 1);
}
