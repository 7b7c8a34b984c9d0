import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Violation } from "../../src/testing/sim/evidence.ts";
import { decodedOf, type Evidence, eventsOf } from "./evidence.ts";

const SHOWN_CHARACTERS = 300;

/** Writes what is known of the runs that these violations name, line by line, beside the database. */
export function writeStories(folder: string, evidence: Evidence, violations: readonly Violation[]): string {
  const path = join(folder, "stories.txt");
  const runIds = new Set(violations.flatMap(({ runId }) => (runId === undefined ? [] : [runId])));
  writeFileSync(path, [...runIds].map((runId) => storyOf(evidence, runId, violations)).join("\n"));
  return path;
}

function storyOf(evidence: Evidence, runId: string, violations: readonly Violation[]): string {
  const { runs, entries, lines } = evidence;
  const run = runs.get(runId);
  const told = [
    ...eventsOf(evidence, runId).map(({ at, kind, epoch, attempt, workerId = "", details = "" }) => ({
      at,
      text: `${kind} (epoch ${epoch}, attempt ${attempt}) ${workerId} ${details.slice(0, SHOWN_CHARACTERS)}`,
    })),
    ...(entries.get(runId) ?? []).map(({ createdAt, seq, journal, kind, key, outcome, epoch }) => ({
      at: createdAt,
      text: `  entry ${seq} of journal ${journal}: ${kind} ${key} ${outcome} (epoch ${epoch})`,
    })),
    ...lines.flatMap(({ at, ...line }) =>
      "run" in line && line.run === runId ? [{ at, text: `    effect ${JSON.stringify(line)}` }] : [],
    ),
  ];
  const head = `${runId}: ${run?.task} is ${run?.status} ${String(JSON.stringify(decodedOf(run?.output))).slice(0, SHOWN_CHARACTERS)}`;
  const broken = violations
    .filter((one) => one.runId === runId)
    .map(({ promise, problem }) => `  ✗ ${promise}: ${problem}`);
  return [head, ...broken, ...told.sort((a, b) => a.at - b.at).map(({ at, text }) => `${at} ${text}`), ""].join("\n");
}
