import type { Effect } from "./ledger.ts";

/** What was on disk when a process died: an effect of a run by the name of its step. */
export interface Recorded {
  readonly runId: string;
  readonly step: string;
}

export interface Verdict {
  /** Effects that were on disk when the process died. */
  readonly recorded: number;
  /** Those of them that the run got back without doing them again. */
  readonly returned: number;
  /** Those of them that were done again: there must be none. */
  readonly repeated: number;
  /** Effects whose process died between doing them and recording them, and that were done again. */
  readonly inFlight: number;
}

/** Compares what was on disk when each process died with what was done outside before and after it. */
export function judge(
  deaths: readonly { readonly pid: number; readonly recorded: readonly Recorded[] }[],
  effects: readonly Effect[],
): Verdict {
  const recorded = new Set(deaths.flatMap((death) => death.recorded.map(keyOf)));
  const timesDone = new Map<string, number>();
  for (const effect of effects) timesDone.set(keyOf(effect), (timesDone.get(keyOf(effect)) ?? 0) + 1);
  const doneTwice = [...timesDone].filter(([, times]) => times > 1).map(([key]) => key);
  // A step may be in flight at one death, be done again, and be recorded by the next: only what comes after its record counts.
  const repeated = [...recorded].filter((key) => wasRepeated(key, deaths, effects)).length;
  return {
    recorded: recorded.size,
    returned: recorded.size - repeated,
    repeated,
    inFlight: doneTwice.length - repeated,
  };
}

function wasRepeated(
  key: string,
  deaths: readonly { readonly pid: number; readonly recorded: readonly Recorded[] }[],
  effects: readonly Effect[],
): boolean {
  const first = deaths.findIndex(({ recorded }) => recorded.some((one) => keyOf(one) === key));
  const before = new Set(deaths.slice(0, first + 1).map(({ pid }) => pid));
  return effects.some((effect) => keyOf(effect) === key && !before.has(effect.pid));
}

function keyOf({ runId, step }: Recorded): string {
  return `${runId}/${step}`;
}
