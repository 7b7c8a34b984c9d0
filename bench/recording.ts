/**
 * What it costs that the effects of a run are recorded: `npm run bench:recording`. The same code is measured as an ordinary
 * function, as a run that records steps only, and as one that records all it can, each in a process of its own on an empty
 * database, in the embedded mode. They take turns within each round.
 *
 * `--only <metric>` (repeatable) measures that alone, `--rounds N` so many times.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { currentLoad, describeMachine } from "./machine.ts";
import { RECORDING_METRICS, type RecordingMetric } from "./recording/metrics.ts";
import { type RecordingRound, tellRecording } from "./recording/report.ts";
import { tellMachine } from "./report.ts";
import { playRound } from "./rounds.ts";

const { values: options } = parseArgs({
  options: { only: { type: "string", multiple: true, default: [] }, rounds: { type: "string", default: "3" } },
});
const metrics = chosenMetrics(options.only);
const roundCount = Number(options.rounds);
if (!Number.isInteger(roundCount) || roundCount < 1) throw new Error("--rounds is a whole number from 1");

const before = currentLoad();
const world = spawn(process.execPath, [join(import.meta.dirname, "recording", "world.ts")], {
  stdio: ["ignore", "inherit", "inherit", "ipc"],
});
const [address] = (await once(world, "message")) as [string];
process.env["BENCH_WORLD"] = address;
const played = await playAll();
world.disconnect();
const load = { before, after: currentLoad() };
console.log(`${tellMachine(describeMachine(), [...played.values()].flat(), load)}\n\n${tellRecording(played)}`);

/** Round by round, so that each metric is spread over the whole time. */
async function playAll(): Promise<ReadonlyMap<RecordingMetric, readonly RecordingRound[]>> {
  const rounds = new Map<RecordingMetric, RecordingRound[]>(metrics.map((metric) => [metric, []]));
  for (let number = 0; number < roundCount; number++) {
    for (const [metric, ofMetric] of rounds) {
      process.stderr.write(`round ${number + 1} of ${roundCount}: ${metric.title}\n`);
      ofMetric.push(await playRound({ ...metric, program: join("recording", "child.ts") }, number));
    }
  }
  return rounds;
}

function chosenMetrics(names: readonly string[]): readonly RecordingMetric[] {
  const known = RECORDING_METRICS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no metric ${unknown}; there are ${known.join(", ")}`);
  return RECORDING_METRICS.filter(({ name }) => names.length === 0 || names.includes(name));
}
