/** The kill loop as far as there is time for it in each check: every failpoint once, every row of the table of crash points, a short storm. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { CRASH_POINTS } from "../kill-loop/crash-points.ts";
import { FAILPOINTS } from "../kill-loop/failpoints.ts";
import { type KillLoopOptions, type KillLoopResult, runKillLoop } from "../kill-loop/kill-loop.ts";
import { preparePlace } from "../kill-loop/place.ts";
import { PLANTS } from "../kill-loop/plants.ts";
import { listUnconfirmed, summaryText } from "../kill-loop/report.ts";
import { scenariosOf } from "../kill-loop/scenarios.ts";
import { checkAll } from "../kill-loop/verdict.ts";
import { listMissed } from "../kill-loop/visits.ts";
import { createTestDatabase } from "../postgres.ts";
import { folderKeptOnFailure } from "./folder.ts";

const SEED = Number(process.env["PERDURE_SEED"] ?? 1);
// About a minute and a half where nothing else runs.
vi.setConfig({ testTimeout: 10 * 60_000 });

const ON_ONE_NODE = scenariosOf(false);
const results: KillLoopResult[] = [];

async function run(options: Pick<KillLoopOptions, "place" | "nodes" | "seconds" | "isTouring" | "scenarios">) {
  const startedAt = performance.now();
  const result = await runKillLoop({ ...options, seed: SEED, paceMs: 20, onProgress: () => undefined });
  console.log(summaryText(result, SEED, (performance.now() - startedAt) / 1_000));
  const stories = join(options.place.folder, "stories.txt");
  if (existsSync(stories)) console.log(readFileSync(stories, "utf8").slice(0, 20_000));
  results.push(result);
  return result;
}

describe("processes that are killed at every failpoint and then at random", () => {
  it("visits each failpoint", () => expect(listMissed()).toEqual([]));

  it("break no promise on SQLite", async () => {
    const place = preparePlace(folderKeptOnFailure("sqlite"));
    const { violations, reached } = await run({ place, nodes: 1, seconds: 6, isTouring: true, scenarios: ON_ONE_NODE });
    expect(violations).toEqual([]);
    expect(FAILPOINTS.filter((failpoint) => !(failpoint in reached))).toEqual([]);
  });

  it("break no promise as two nodes on one Postgres", async () => {
    vi.stubEnv("PERDURE_ENCRYPTION_KEY", "5a".repeat(32));
    const place = preparePlace(folderKeptOnFailure("postgres"), await createTestDatabase());
    const { violations } = await run({ place, nodes: 2, seconds: 8, isTouring: false, scenarios: ["slow node"] });
    expect(violations).toEqual([]);
  });

  it("leave behind what the table of crash points says", () => {
    expect(listUnconfirmed(CRASH_POINTS, results)).toEqual([]);
  });
});

describe("a promise that is broken on purpose is found", () => {
  it.each(PLANTS)("$name", ({ plant, breaks }) => {
    const { evidence } = results[0] as KillLoopResult;
    expect(checkAll(plant(evidence)).map(({ promise }) => promise)).toContain(breaks);
  });
});

afterAll(() => void results.splice(0));
