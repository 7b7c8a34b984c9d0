/** `npm run simulate -- --seeds 500`, or `--seed 42 --log` for one with all that happened in it. */
import { parseArgs } from "node:util";
import { type Simulated, simulate } from "./simulate.ts";

const USAGE = `npm run simulate -- [--seeds N] [--from SEED]    many seeds, one after the other
npm run simulate -- --seed SEED [--log]         one seed; with --log every event is printed`;

const SHOWN_VIOLATIONS = 10;
const PROGRESS_EVERY = 25;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      log: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const numbers = [values.seeds, values.from, values.seed ?? "0"].map(Number);
  if (values.help || numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  if (values.seed !== undefined) return simulateOne(Number(values.seed), values.log);
  return simulateMany(Number(values.from), Number(values.seeds));
}

async function simulateOne(seed: number, isLogKept: boolean): Promise<number> {
  const simulated = await simulate({ seed, isLogKept });
  for (const line of simulated.lines) console.log(line);
  console.log(`plan ${JSON.stringify(simulated.plan)}`);
  console.log(`seed ${seed}: ${summary(simulated)}`);
  console.log(`log ${simulated.hash}`);
  report(simulated);
  return simulated.violations.length === 0 ? 0 : 1;
}

async function simulateMany(from: number, count: number): Promise<number> {
  const broken: number[] = [];
  const total = { runs: 0, events: 0, elapsed: 0 };
  for (let seed = from; seed < from + count; seed++) {
    const simulated = await simulate({ seed });
    total.runs += simulated.final.runs.length;
    total.events += simulated.events;
    total.elapsed += simulated.elapsed;
    if (simulated.violations.length > 0) {
      broken.push(seed);
      report(simulated);
    }
    const done = seed - from + 1;
    if (done % PROGRESS_EVERY === 0 || done === count)
      console.log(`${done} of ${count} seeds, ${broken.length} broken`);
  }
  const hours = (total.elapsed / 3_600_000).toFixed(1);
  console.log(`${total.runs} runs, ${total.events} events, ${hours} hours of virtual time`);
  if (broken.length > 0) console.log(`Broken seeds: ${broken.join(", ")}`);
  return broken.length === 0 ? 0 : 1;
}

function report({ seed, violations }: Simulated): void {
  if (violations.length === 0) return;
  console.log(`\nSeed ${seed} breaks ${violations.length} promises:`);
  for (const { promise, runId, problem } of violations.slice(0, SHOWN_VIOLATIONS))
    console.log(`  ${promise}: ${runId === undefined ? "" : `${runId}: `}${problem}`);
  console.log(`Repeat it with: npm run simulate -- --seed ${seed} --log\n`);
}

function summary({ final, events, elapsed, history, violations }: Simulated): string {
  const seconds = Math.round(elapsed / 1_000);
  return `${final.runs.length} runs, ${history.commits.length} commits, ${events} events in ${seconds} s of virtual time, ${violations.length} violations`;
}
