/**
 * The places where a process can be made to end itself, by name. Whoever watches arms one by a file in the folder of the loop;
 * the first process that comes by takes the file and sends itself SIGKILL. Nothing of this is in the product: the modules that
 * know of failpoints take the place of its own when they are loaded (`replace.ts`), in processes of this loop alone.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkerCalls } from "../../src/protocol/worker-calls.ts";
import type { StoreWrites } from "../../src/store/store.ts";
import { writes } from "../../src/store/verbs.ts";

/** They leave nothing that a crash could cut. */
type Look = Extract<keyof WorkerCalls, `read${string}` | "wasParked">;

/** The calls of a worker by what they are. */
const CALLS: { readonly [Call in keyof WorkerCalls]: Call extends Look ? "reads" : "writes" } = {
  lease: "writes",
  renew: "writes",
  release: "writes",
  record: "writes",
  triggerFrom: "writes",
  park: "writes",
  unpark: "writes",
  finish: "writes",
  readEntries: "reads",
  readContinuation: "reads",
  readEntry: "reads",
  readStepKeys: "reads",
  readOwedUndos: "reads",
  readWaitpoints: "reads",
  readChildren: "reads",
  wasParked: "reads",
  appendLogs: "writes",
};

export const OTHER_PLACES = [
  "in a step, before its effect",
  "in a step, after its effect",
  "in an undo, before its effect",
  "in an undo, after its effect",
  "between a blob and its row",
  "in an upload",
  "before the pool hands runs over",
  "after the pool handed runs over",
] as const;

export type Report = Exclude<keyof WorkerCalls, Look>;
export type Failpoint =
  | `${"before" | "after"} the commit of ${keyof StoreWrites}`
  | `in a worker, ${"before" | "after"} ${Report}`
  | (typeof OTHER_PLACES)[number];

const verbs = Object.keys(writes) as (keyof StoreWrites)[];
export const REPORTS = (Object.keys(CALLS) as (keyof WorkerCalls)[]).filter(
  (call): call is Report => CALLS[call] === "writes",
);

export const FAILPOINTS: readonly Failpoint[] = [
  ...verbs.flatMap((verb): Failpoint[] => [`before the commit of ${verb}`, `after the commit of ${verb}`]),
  ...REPORTS.flatMap((call): Failpoint[] => [`in a worker, before ${call}`, `in a worker, after ${call}`]),
  ...OTHER_PLACES,
];

/** Names the folder to the processes of the loop, and to no other. */
export const FOLDER_VARIABLE = "PERDURE_KILL_LOOP";

/** Ends this process here and now when the place is armed: SIGKILL leaves no chance to write, close or say anything. */
export function reach(failpoint: Failpoint): void {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) return;
  const armed = armedFile(folder, failpoint);
  if (!existsSync(armed) || !isTurn(armed)) return;
  try {
    renameSync(armed, join(folder, REACHED, `${FAILPOINTS.indexOf(failpoint)}.${process.pid}`));
  } catch {
    // Another process was here first.
    return;
  }
  process.kill(process.pid, "SIGKILL");
}

/** Counts down to the time that was asked for. Several processes may miss a count: whoever arms so has one at work. */
function isTurn(armed: string): boolean {
  const times = Number(readIfThere(armed));
  if (times > 1) writeFileSync(armed, String(times - 1));
  return times === 1;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

export const ARMED = "armed";
export const REACHED = "reached";

/** @param times - Which time that a process comes by is meant. */
export function arm(folder: string, failpoint: Failpoint, times = 1): void {
  // Under another name first: a process that comes by meanwhile would read half of it.
  const path = armedFile(folder, failpoint);
  writeFileSync(`${path}.new`, String(times));
  renameSync(`${path}.new`, path);
}

export function disarm(folder: string): void {
  for (const name of readdirSync(join(folder, ARMED))) rmSync(join(folder, ARMED, name), { force: true });
}

export interface Death {
  readonly failpoint: Failpoint;
  readonly pid: number;
}

/** Who ended where since this was asked last. */
export function takeDeaths(folder: string): readonly Death[] {
  return readdirSync(join(folder, REACHED)).map((name) => {
    rmSync(join(folder, REACHED, name));
    const [place, pid] = name.split(".").map(Number);
    return { failpoint: FAILPOINTS[place ?? -1] as Failpoint, pid: pid ?? 0 };
  });
}

function armedFile(folder: string, failpoint: Failpoint): string {
  return join(folder, ARMED, String(FAILPOINTS.indexOf(failpoint)));
}
