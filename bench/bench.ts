/**
 * What Perdure does a second, and how long it takes: `npm run bench`. Each measurement is a process of its own on an empty
 * database in the folder for temporary files, and is taken in several rounds together with what the disk gives, the same run in
 * memory, and a peer.
 *
 * `--only <metric>` (repeatable) measures that alone, `--rounds N` so many times, `--json` prints the numbers as JSON.
 */
import { parseArgs } from "node:util";
import { compare } from "./comparison.ts";
import { currentLoad, describeMachine } from "./machine.ts";
import { METRICS, type Metric } from "./metrics.ts";
import { LEGEND, tellMachine, tellTable } from "./report.ts";
import { playRound, type Round } from "./rounds.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const metrics = chosenMetrics(options.only);
const roundCount = Number(options.rounds);
if (!Number.isInteger(roundCount) || roundCount < 1) throw new Error("--rounds is a whole number from 1");

const machine = describeMachine();
const before = currentLoad();
const startedAt = performance.now();
const played = await playAll();
const load = { before, after: currentLoad() };
const rows = metrics.flatMap((metric) =>
  metric.figures.map((figure) => compare(metric, figure, played.get(metric) as readonly Round[])),
);

if (options.json) {
  const asJson = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
  console.log(
    JSON.stringify(
      { machine, load, rows, rounds: [...played].map(([{ name }, rounds]) => ({ name, rounds })) },
      asJson,
    ),
  );
} else {
  console.log(`${tellMachine(machine, [...played.values()].flat(), load)}\n\n${tellTable(rows)}\n${LEGEND}`);
}

/** Round by round, so that each metric is spread over the whole time. */
async function playAll(): Promise<ReadonlyMap<Metric, readonly Round[]>> {
  const rounds = new Map<Metric, Round[]>(metrics.map((metric) => [metric, []]));
  for (let number = 0; number < roundCount; number++) {
    for (const [metric, ofMetric] of rounds) {
      if (number >= (metric.maxRounds ?? roundCount)) continue;
      tellProgress(`round ${number + 1} of ${roundCount}: ${metric.title}`);
      ofMetric.push(await playRound({ ...metric, program: "child.ts" }, number));
    }
  }
  tellProgress(`done in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  return rounds;
}

function chosenMetrics(names: readonly string[]): readonly Metric[] {
  const unknown = names.find((name) => !METRICS.some((metric) => metric.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no metric ${unknown}; there are ${METRICS.map(({ name }) => name).join(", ")}`);
  return METRICS.filter(({ name }) => names.length === 0 || names.includes(name));
}

function tellProgress(text: string): void {
  process.stderr.write(`${text}\n`);
}
