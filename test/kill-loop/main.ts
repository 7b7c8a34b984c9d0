/** `npm run kill-loop -- --minutes 10 --db postgres`: the kill loop for as long as somebody likes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type KillLoopOptions, runKillLoop } from "./kill-loop.ts";
import { preparePlace } from "./place.ts";
import { startLoopPostgres } from "./postgres.ts";
import { progressLine, summaryOf, summaryText } from "./report.ts";
import { scenariosOf } from "./scenarios.ts";

const USAGE = `npm run kill-loop -- [--minutes N] [--seed S] [--db sqlite|postgres] [--no-tour] [--kill-postgres] [--json]
  --minutes        how long processes are killed at random, after the tour. Default: 1
  --seed           of what is killed when. Default: 1
  --db             sqlite: one node; postgres: two on a Postgres of their own. Default: sqlite
  --no-tour        leaves out the tour, which kills once at each failpoint
  --kill-postgres  kills processes of Postgres too
  --json           the summary as JSON`;

const PACE_MS = 25;
const PROGRESS_EVERY_MS = 2_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      db: { type: "string", default: "sqlite" },
      "no-tour": { type: "boolean", default: false },
      "kill-postgres": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const isKnown = values.db === "sqlite" || values.db === "postgres";
  if (values.help || !(minutes >= 0) || !Number.isSafeInteger(seed) || !isKnown) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "perdure-kill-loop-"));
  const isPostgres = values.db === "postgres";
  const postgres = isPostgres ? await startLoopPostgres() : undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => void Promise.resolve(postgres?.stop()).finally(() => process.exit(1)));
  try {
    const isHurt = values["kill-postgres"] && postgres !== undefined;
    const options: KillLoopOptions = {
      place: preparePlace(folder, postgres?.url),
      nodes: isPostgres ? 2 : 1,
      seed,
      seconds: minutes * 60,
      isTouring: !values["no-tour"],
      scenarios: values["no-tour"] ? [] : scenariosOf(isPostgres),
      paceMs: PACE_MS,
      ...(isHurt ? { killDatabase: () => postgres.killBackend() } : {}),
      onProgress: createProgress(),
    };
    return await run(options, values.json);
  } finally {
    await postgres?.stop();
  }
}

async function run(options: KillLoopOptions, isJson: boolean): Promise<number> {
  const { seed, place } = options;
  const startedAt = performance.now();
  const result = await runKillLoop(options);
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(isJson ? JSON.stringify(summaryOf(result, seed, seconds)) : summaryText(result, seed, seconds));
  if (result.violations.length === 0) {
    rmSync(place.folder, { recursive: true, force: true });
    return 0;
  }
  console.error(`What it left behind is in ${place.folder}; stories.txt tells of the runs that are named above.`);
  console.error(`Repeat it with: npm run kill-loop -- ${process.argv.slice(2).join(" ")} --seed ${seed}`);
  return 1;
}

function createProgress(): KillLoopOptions["onProgress"] {
  const startedAt = performance.now();
  let saidAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (now - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = now;
    console.error(progressLine(progress, (now - startedAt) / 1_000));
  };
}
