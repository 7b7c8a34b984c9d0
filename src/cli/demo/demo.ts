import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../../core/env.ts";
import { perdureError } from "../../core/errors.ts";
import { createSystemEnv } from "../../system/index.ts";
import { type Command, type Input, UsageError } from "../command.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { whenReaderGone } from "../reader-gone.ts";
import type { Terminal } from "../terminal.ts";
import { hurry, readEffects } from "./ledger.ts";
import { openStage, type Stage } from "./stage.ts";
import { judge, type Recorded, type Verdict } from "./verdict.ts";

const LOOK_MS = 100;
/** As many effects as make the point, when nobody is there to kill. */
const EFFECTS_BEFORE_KILL = 11;

/** `perdure demo`. */
export const demoCommand: Command = {
  options: {
    kill: { type: "boolean", means: "Do the killing too, where there is no other terminal." },
  },
  async run(input) {
    if (input.positionals.length > 0) throw new UsageError(`demo takes options only, not ${input.positionals[0]}.`);
    const folder = await mkdtemp(join(tmpdir(), "perdure-demo-"));
    const interrupted = new AbortController();
    const interrupt = () => interrupted.abort();
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
    whenReaderGone(interrupt);
    try {
      const told = await perform(folder, input, interrupted.signal);
      if (told === undefined) return EXIT_CODES.refused.code;
      conclude(told, input.terminal);
      return EXIT_CODES.ok.code;
    } finally {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Told extends Verdict {
  readonly kills: number;
  readonly statuses: readonly string[];
}

/** @returns `undefined` when somebody interrupted it. */
async function perform(folder: string, { terminal, values }: Input, signal: AbortSignal): Promise<Told | undefined> {
  const deaths: { readonly pid: number; readonly recorded: readonly Recorded[] }[] = [];
  const problems: unknown[] = [];
  const env = createSystemEnv();
  const stage = await openStage(folder, env, {
    onDeath(death) {
      deaths.push(death);
      hurry(folder);
      terminal.progress(
        `${terminal.paint(`Process ${death.pid} is dead.`, "red")} ${count(death.recorded.length, "effect")} recorded on disk.`,
      );
    },
    onProblem: (problem) => problems.push(problem),
  });
  try {
    const narrator = createNarrator(folder, stage, terminal);
    let statuses: readonly string[] | undefined;
    stage.ended().then(
      (ended) => {
        statuses = ended;
      },
      (problem) => problems.push(problem),
    );
    while (statuses === undefined && problems.length === 0 && !signal.aborted) {
      await sleep(env, LOOK_MS, signal);
      narrator.look();
      const { pid } = stage;
      if (
        values["kill"] === true &&
        deaths.length === 0 &&
        pid !== undefined &&
        narrator.effects >= EFFECTS_BEFORE_KILL
      )
        process.kill(pid, "SIGKILL");
    }
    const [problem] = problems;
    if (problem !== undefined) throw problem;
    if (statuses === undefined) return undefined;
    return { ...judge(deaths, readEffects(folder)), kills: deaths.length, statuses };
  } finally {
    await stage.stop();
  }
}

/** Tells what happens outside, as it happens, and which process to kill. */
function createNarrator(folder: string, stage: Stage, terminal: Terminal) {
  let effects = 0;
  let named: number | undefined;
  return {
    get effects() {
      return effects;
    },
    look() {
      const { pid } = stage;
      if (pid !== undefined && pid !== named) {
        terminal.progress(
          named === undefined
            ? `Process ${pid} works on three orders. Kill it, in another terminal:\n\n    kill -9 ${pid}\n`
            : `Process ${pid} goes on with them.`,
        );
        named = pid;
      }
      const all = readEffects(folder);
      for (const { runId, step, pid: by } of all.slice(effects)) {
        const place = stage.orders.indexOf(runId);
        const what = place < 0 ? "a parcel " : `order ${place + 1}  `;
        terminal.progress(`  ${what} ${step.padEnd(8)} ${terminal.paint(`by process ${by}`, "gray")}`);
      }
      effects = all.length;
    },
  };
}

function conclude({ kills, statuses, ...verdict }: Told, terminal: Terminal): void {
  const { recorded, returned, repeated, inFlight } = verdict;
  if (repeated > 0 || statuses.some((status) => status !== "completed"))
    throw perdureError("INTERNAL", {
      problem: `After ${count(kills, "kill")}, ${count(repeated, "recorded effect")} happened again and the orders are ${statuses.join(", ")}`,
    });
  terminal.json({ kills, ...verdict, statuses });
  if (kills === 0) {
    terminal.line(
      "All three orders are done, and nobody killed anything. Try again: perdure demo, or perdure demo --kill.",
    );
    return;
  }
  terminal.line(
    `\nAll three orders are done: ${count(recorded, "effect")} recorded, ${returned} returned from the journal, ${repeated} repeated.`,
  );
  if (inFlight > 0)
    terminal.line(
      `${count(inFlight, "effect")} ${inFlight === 1 ? "was" : "were"} under way when the process died, not yet recorded: done again, with the same idempotency key.`,
    );
  terminal.line("Your own: perdure init, then perdure dev.");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
