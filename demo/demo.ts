/**
 * An import that is killed again and again and comes to the same end: `npm run demo`, or `npm run demo -- --seed 7` to have
 * it killed elsewhere. It needs nothing but what `npm ci` installs. Exit code 1 when anything that it says is untrue.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listClaims } from "./claims.ts";
import { ALL, splitRange } from "./data-set.ts";
import { gatherEvidence } from "./evidence.ts";
import { type Kill, planKills } from "./kill-plan.ts";
import { type LifeEnd, live } from "./live.ts";
import { tellSteps } from "./steps.ts";
import { tellChapter, tellClaims, tellLife, tellOpening, tellRecord, tellRepeats, tellReport } from "./story.ts";
import { CHUNK_ROWS, GROUP_ROWS } from "./tasks.ts";
import { Trace } from "./trace.ts";

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });
const startedAt = performance.now();
const home = mkdtempSync(join(tmpdir(), "perdure-demo-"));
/** The parent has two steps of its own. */
const plannedSteps = splitRange(ALL, CHUNK_ROWS).flatMap((chunk) => splitRange(chunk, GROUP_ROWS)).length + 2;

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.log(`\nThe demo broke off: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
if (process.exitCode === 0) rmSync(home, { recursive: true, force: true });
else console.log(`What it left behind is in ${home}`);

async function main(): Promise<boolean> {
  const kills = planKills(Number(values.seed));
  tellOpening({ home, plannedSteps, kills: kills.length });
  const lives = await liveUntilTheEnd(join(home, "killed"), kills);
  const killed = await gatherEvidence(join(home, "killed"));
  tellChapter("The same import, undisturbed");
  await liveUntilTheEnd(join(home, "undisturbed"), []);
  const undisturbed = await gatherEvidence(join(home, "undisturbed"));

  const killedLives = lives.filter(({ signal }) => signal === "SIGKILL").map(({ number }) => number);
  const steps = tellSteps(killed.trace, new Set(killedLives));
  tellRecord(steps, killed);
  tellRepeats(steps);
  tellReport(killed);
  const claims = listClaims({
    lives,
    killed,
    undisturbed,
    steps,
    plannedSteps,
    plannedKills: kills.map(({ moment }) => moment),
  });
  tellClaims(claims, performance.now() - startedAt);
  return claims.every(({ isTrue }) => isTrue);
}

/** Starts the worker process again each time it dies, until the import is over. */
async function liveUntilTheEnd(folder: string, kills: readonly Kill[]): Promise<readonly LifeEnd[]> {
  mkdirSync(folder);
  const lives: LifeEnd[] = [];
  for (;;) {
    const end = await live(folder, lives.length + 1, kills[lives.length]);
    lives.push(end);
    tellLife(end, new Trace(folder).read(), plannedSteps);
    const wasPlanned = end.signal === "SIGKILL" && lives.length <= kills.length;
    if (!wasPlanned) return lives;
  }
}
