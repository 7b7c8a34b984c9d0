import { perdureError } from "./errors.ts";

/** Memory of Trigger.dev's machine presets, in MB. How much of a processor a run gets is not ours to promise. */
export const MACHINES = {
  micro: 256,
  "small-1x": 512,
  "small-2x": 1_024,
  "medium-1x": 2_048,
  "medium-2x": 4_096,
  "large-1x": 8_192,
  "large-2x": 16_384,
} as const;
export type Machine = keyof typeof MACHINES;

export const ISOLATIONS = ["shared", "process"] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** How much memory the runs of a task may use, and so whether they share a process; any of these. */
export interface IsolationOptions {
  /** A preset of Trigger.dev: a process for each run, with the preset's memory. */
  machine?: Machine | { preset: Machine };
  /** `process`: each run has a process to itself. Default: `shared`, unless there is a limit to its memory. */
  isolation?: Isolation;
  /** Memory that a run may use: `"512MB"`, `"2GB"`, at least 128 MB. Its process is its own then. */
  memoryLimit?: string;
}

/** Without tasks Node.js takes 60 MB, and a bundle of ordinary size 100. */
const LEAST_MB = 128;
const MOST_MB = 1_048_576;

/**
 * The memory that each run has to itself, in MB; 0 for a process without a limit. Absent: it shares one.
 *
 * @throws {PerdureError} `OPTION_INVALID` for values out of range and options that contradict each other.
 */
export function memoryMbOf({ machine, isolation, memoryLimit }: IsolationOptions, what: string): number | undefined {
  if (isolation !== undefined && !ISOLATIONS.includes(isolation))
    refuse(what, `isolation must be one of ${ISOLATIONS.join(", ")}`);
  if (machine !== undefined && memoryLimit !== undefined) refuse(what, "give either machine or memoryLimit, not both");
  const limitMb = machine === undefined ? limitOf(memoryLimit, what) : machineMb(machine, what);
  if (limitMb === undefined) return isolation === "process" ? 0 : undefined;
  if (isolation === "shared") refuse(what, "a limit to the memory needs a process: leave isolation out");
  return limitMb;
}

/** @throws {PerdureError} `OPTION_INVALID` unless it is a preset, by name or as `{ preset }`. */
export function machineMb(machine: IsolationOptions["machine"], what: string): number {
  const name = typeof machine === "object" && machine !== null ? presetOf(machine, what) : machine;
  if (typeof name === "string" && Object.hasOwn(MACHINES, name)) return MACHINES[name as Machine];
  return refuse(what, `machine must be one of ${Object.keys(MACHINES).join(", ")}`);
}

function presetOf(machine: { preset?: unknown }, what: string): unknown {
  const other = Object.keys(machine).find((option) => option !== "preset");
  if (other !== undefined) throw perdureError("OPTION_UNSUPPORTED", { what: `machine of ${what}`, option: other });
  return machine.preset;
}

function limitOf(given: unknown, what: string): number | undefined {
  if (given === undefined) return undefined;
  const [, number, unit] = (typeof given === "string" ? /^(\d+(?:\.\d+)?) ?(MB|GB)$/i.exec(given.trim()) : null) ?? [];
  const mb = Math.round(Number(number) * (unit?.toUpperCase() === "GB" ? 1_024 : 1));
  if (!(mb >= LEAST_MB && mb <= MOST_MB))
    refuse(what, `memoryLimit must be a size such as "512MB" or "2GB", from ${LEAST_MB} MB to ${MOST_MB / 1_024} GB`);
  return mb;
}

function refuse(what: string, problem: string): never {
  throw perdureError("OPTION_INVALID", { what, problem });
}
