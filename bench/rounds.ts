import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DiskRates } from "./disk-probe.ts";
import type { Findings, Subject } from "./metrics.ts";

/** All subjects of a metric, one after the other, and what the disk gave meanwhile: only within a round do ratios mean anything. */
export interface Round<Measured extends string = Subject> {
  readonly disk: DiskRates;
  readonly findings: ReadonlyMap<Measured, Findings>;
}

/** What a round is played of, and the program that measures it, which is told its name, the subject and a folder. */
export interface Match<Measured extends string> {
  readonly name: string;
  readonly subjects: readonly Measured[];
  readonly program: string;
}

/** Node strips the types of the sources once and not in each child, so that a process starts like one of compiled code. */
const COMPILED = join(tmpdir(), "perdure-bench-compiled");

const LONGEST_CHILD_MS = 120_000;

/** The disk is probed before and after, and what it gave is the mean; the subjects take turns in being the first. */
export async function playRound<Measured extends string>(
  match: Match<Measured>,
  number: number,
): Promise<Round<Measured>> {
  const before = await probeDisk();
  const findings = new Map<Measured, Findings>();
  for (const subject of rotated(match.subjects, number)) findings.set(subject, await measure(match, subject));
  const after = await probeDisk();
  return { disk: meanOf(before, after), findings };
}

function probeDisk(): Promise<DiskRates> {
  return inFreshFolder((folder) => runChild<DiskRates>(["disk-probe.ts", folder]));
}

function measure({ program, name }: Match<string>, subject: string): Promise<Findings> {
  return inFreshFolder((folder) => runChild<Findings>([program, name, subject, folder]));
}

async function inFreshFolder<Result>(act: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-bench-"));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns What the last line of its output says, as JSON. */
async function runChild<Answer>([file = "", ...args]: readonly string[]): Promise<Answer> {
  const child = spawn(process.execPath, ["--expose-gc", join(import.meta.dirname, file), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
    timeout: LONGEST_CHILD_MS,
    killSignal: "SIGKILL",
  });
  const output = await outputOf(child);
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  if (child.exitCode !== 0 || line === "") throw new Error(`${file} ${args.join(" ")} ended with ${child.exitCode}`);
  return JSON.parse(line) as Answer;
}

function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}

function rotated<Element>(list: readonly Element[], by: number): readonly Element[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function meanOf(a: DiskRates, b: DiskRates): DiskRates {
  return {
    commitsPerSecond: (a.commitsPerSecond + b.commitsPerSecond) / 2,
    syncsPerSecond: (a.syncsPerSecond + b.syncsPerSecond) / 2,
  };
}
