/**
 * Real processes, real databases, SIGKILL. Twelve kills each unless PERDURE_KILLS says another number; PERDURE_SEED chooses
 * other moments.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createChance } from "../../src/testing/chance.ts";
import { createTestDatabase } from "../postgres.ts";
import { openEffects } from "./effects.ts";
import { besiege, killAll } from "./lives.ts";
import {
  checkAccepted,
  checkLimit,
  checkSteps,
  checkStories,
  checkUndos,
  countEvents,
  readRuns,
  resultsOf,
} from "./verdict.ts";
import { PLACES_OF_LIMITED } from "./workload.ts";

const KILLS = Number(process.env["PERDURE_KILLS"] ?? 12);
const SEED = Number(process.env["PERDURE_SEED"] ?? 1);
const ORDERS = KILLS * 24;
/** So many orders in the time until a process is killed at the latest: there is work for all of them, however fast the machine. */
const ORDERS_A_LIFE = 35;
const TIMEOUT_MS = 60_000 + KILLS * 5_000;

process.env["PERDURE_ENCRYPTION_KEY"] = "5a".repeat(32);
afterEach(killAll);

interface Case {
  readonly db: string;
  readonly folder: string;
  readonly kills: number;
  readonly instances: number;
  readonly lease?: string;
  /** Of a process that is killed at its work. */
  readonly longestMs?: number;
}

async function live({ kills, instances, longestMs = 1_000, ...place }: Case) {
  const effects = openEffects(place.folder);
  const random = createChance(SEED).next;
  const options = { ...place, orders: ORDERS, paceMs: kills === 0 ? 0 : longestMs / ORDERS_A_LIFE };
  const startedAt = performance.now();
  const lives = await besiege({ options, effects, kills, instances, longestMs, random });
  const seen = await readRuns(place.db);
  const lines = effects.read();
  const { problems, repeated, lost } = checkSteps(lines, seen);
  console.log(
    `${lives.length} processes, ${kills} kills, ${Math.round(performance.now() - startedAt)} ms: ${seen.size} runs,`,
    `${countEvents(seen, "run.reaped")} reaped, ${repeated} steps repeated (${lost} by a process that lost its lease),`,
    `${[...seen.values()].filter(({ events }) => events.includes("run.retrying")).length} retried`,
  );
  const complaints = lives.map((life) => life.complaints()).filter((text) => text !== "");
  return { seen, lines, problems, lost, complaints };
}

function folderOfItsOwn(): string {
  const folder = mkdtempSync(join(tmpdir(), "perdure-kill-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let undisturbed: Promise<readonly string[]> | undefined;

/** The same orders by one process that nobody disturbs. */
function resultsUndisturbed(): Promise<readonly string[]> {
  undisturbed ??= (async () => {
    const folder = folderOfItsOwn();
    const { seen, lines } = await live({ db: join(folder, "perdure.db"), folder, kills: 0, instances: 1 });
    expect(countEvents(seen, "run.reaped")).toBe(0);
    return resultsOf(lines, seen);
  })();
  return undisturbed;
}

async function survives(place: Case): Promise<void> {
  const { seen, lines, problems, lost, complaints } = await live(place);
  expect(checkAccepted(lines, seen)).toEqual([]);
  expect(checkStories(seen)).toEqual([]);
  expect(problems).toEqual([]);
  // On SQLite a lease lasts 30 seconds, and nothing here is away for so long.
  if (place.lease === undefined) expect(lost).toBe(0);
  // Code that has lost its lease and does not know it yet may still be in its step, or in its undo.
  if (lost === 0) expect(checkLimit(lines)).toEqual([]);
  if (lost === 0) expect(checkUndos(lines, seen)).toEqual([]);
  expect(resultsOf(lines, seen)).toEqual(await resultsUndisturbed());
  expect(complaints).toEqual([]);
  // On a fast machine some processes are killed in a moment in which nothing executes.
  expect(countEvents(seen, "run.reaped")).toBeGreaterThan(KILLS / 2);
}

describe("processes that are killed again and again come to the same end as one that is left alone", () => {
  it(
    "on SQLite, whose events show the limit of a queue kept",
    async () => {
      const folder = folderOfItsOwn();
      const db = join(folder, "perdure.db");
      await survives({ db, folder, kills: KILLS, instances: 1 });
      expect(mostExecuting(db)).toBe(PLACES_OF_LIMITED);
    },
    TIMEOUT_MS,
  );

  it(
    "on Postgres",
    async () => {
      const db = await createTestDatabase();
      await survives({ db, folder: folderOfItsOwn(), kills: KILLS, instances: 1, lease: "2s", longestMs: 2_500 });
    },
    TIMEOUT_MS,
  );

  it(
    "as two at once on one Postgres, each going on with what the other had",
    async () => {
      const db = await createTestDatabase();
      await survives({ db, folder: folderOfItsOwn(), kills: KILLS, instances: 2, lease: "3s" });
    },
    TIMEOUT_MS,
  );
});

/** SQLite numbers rows in the order in which they were written: the most runs of the limited queue that executed at once. */
function mostExecuting(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      `select run_events.run_id, kind from run_events join runs on runs.id = run_events.run_id
       where queue = 'limited' and kind <> 'run.created' and kind like 'run.%' order by run_events.rowid`,
    )
    .all();
  database.close();
  const executing = new Set<unknown>();
  let most = 0;
  for (const { run_id, kind } of rows) {
    if (kind === "run.started") executing.add(run_id);
    else if (kind !== "run.cancel-requested") executing.delete(run_id);
    most = Math.max(most, executing.size);
  }
  return most;
}
