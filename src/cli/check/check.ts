import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { childEnvironment } from "../../core/child-environment.ts";
import { defined } from "../../core/defined.ts";
import { parseDuration } from "../../core/duration.ts";
import type { Env } from "../../core/env.ts";
import { perdureError } from "../../core/errors.ts";
import { createSystemEnv } from "../../system/index.ts";
import { type Command, type Input, onlyOne, textOf, UsageError, wholeOf } from "../command.ts";
import { readDotEnv, readEnvFile } from "../dot-env.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { PAYLOAD_OPTIONS, readPayload } from "../payload.ts";
import { type Project, readProject } from "../project.ts";
import { chooseCuts } from "./cuts.ts";
import { type PerformOptions, perform } from "./perform.ts";
import type { Order, Performance } from "./performance.ts";
import { report, reportIncomplete } from "./report.ts";
import { judge } from "./verdict.ts";

const CUTS = 25;
/** Compared with each other, so that what differs by itself is not taken for the work of a cut. */
const UNDISTURBED = 2;
/** When the second of them begins: years after the first, at another time of the day. */
const LATER = Date.UTC(2033, 4, 17, 15, 23, 42, 123);
/** What takes longer says how far it is. */
const SILENT_MS = 1_000;

/** `perdure check <task>`. */
export const checkCommand: Command = {
  options: {
    ...PAYLOAD_OPTIONS,
    yes: { type: "boolean", short: "y", means: "Do not ask whether the task's effects may happen for real." },
    cuts: {
      type: "string",
      value: "<n>",
      means: `Places at which it is cut, at most: a journal with more entries is cut at so many, evenly spread. Default: ${CUTS}.`,
    },
    timeout: {
      type: "string",
      value: "<duration>",
      means: "How long one performance may take; waits take no time. Default: 2m.",
    },
    env: {
      type: "string",
      value: "<file>",
      means: "Environment variables of the tasks. Default: .env, as perdure dev.",
    },
  },
  async run(input) {
    const task = onlyOne(input, "task");
    const most = wholeOf(input, "cuts", 1) ?? CUTS;
    const timeoutMs = parseDuration(textOf(input, "timeout") ?? "2m", "--timeout");
    const payload = await readPayload(input);
    const env = createSystemEnv();
    const project = await openProject(input, env);
    const order = orderOf(project, task, payload);
    if (!(await mayGoOn(input, task, most))) return EXIT_CODES.ok.code;
    const { root, variables } = project;
    const given = childEnvironment(variables.environment, variables.variableNames);
    return check(input, order, most, { root, env, variables: given, timeoutMs });
  },
};

async function check(input: Input, order: Order, most: number, options: PerformOptions): Promise<ExitCode> {
  const tell = progressOf(input, options.env);
  const first = await perform(order, options);
  if (first.ending.kind !== "final" || first.ending.status !== "completed")
    return reportIncomplete(input, order.task, first);
  const cuts = chooseCuts(first.entries, most);
  const total = UNDISTURBED + cuts.length;
  tell(1, total);
  const undisturbed = [first, await perform({ ...order, start: LATER }, options)] as const;
  const cut: Performance[] = [];
  for (const place of cuts) {
    tell(UNDISTURBED + cut.length, total);
    cut.push(await perform({ ...order, cut: place }, options));
  }
  const judgement = judge(undisturbed, cut);
  report(input.terminal, { task: order.task, undisturbed, cut, ...judgement });
  return judgement.verdict === "to-mend" ? EXIT_CODES.runEnded.code : EXIT_CODES.ok.code;
}

/** @throws {PerdureError} What `readProject` throws; `CONFIG_INVALID`, `OPTION_UNSUPPORTED`. */
async function openProject(input: Input, env: Env): Promise<Project> {
  const root = process.cwd();
  const file = textOf(input, "env");
  const { variables, forTasks } = file === undefined ? readDotEnv(root) : readEnvFile(resolve(file));
  const project = await readProject({ root, env, environment: { ...variables, ...process.env }, alsoGiven: forTasks });
  const { runtime = "node" } = project.config;
  // The test kit runs in a process of our own runtime.
  if (runtime !== "node")
    throw perdureError("OPTION_UNSUPPORTED", {
      what: "perdure.config.ts, for perdure check,",
      option: `runtime: "${runtime}"`,
    });
  return project;
}

/** @throws {PerdureError} `TASK_UNKNOWN`. */
function orderOf({ built, effects, config: { retry } }: Project, task: string, payload: unknown): Order {
  const tasks = built.version.tasks.map(({ id }) => id);
  if (!tasks.includes(task)) throw perdureError("TASK_UNKNOWN", { task });
  return { module: join(built.folder, "index.mjs"), tasks, task, payload, effects, ...defined({ retry }) };
}

/** @throws {UsageError} where nobody can be asked. */
async function mayGoOn({ values, terminal }: Input, task: string, most: number): Promise<boolean> {
  if (values["yes"] === true) return true;
  const times = UNDISTURBED + most;
  const what = `This performs ${task} up to ${times} times, and each time for real: its requests are made, its steps act.`;
  if (!process.stdin.isTTY) throw new UsageError(`${what} Nobody can be asked here whether it may: say --yes.`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-C and the end of the input are answers too.
    const closed = once(asking, "close").then(() => "");
    const answer = await Promise.race([asking.question(`${what} Go on? [y/N] `), closed]);
    if (/^y(es)?$/i.test(answer.trim())) return true;
    terminal.progress("Nothing was done.");
    return false;
  } finally {
    asking.close();
  }
}

function progressOf({ terminal }: Input, env: Env): (done: number, total: number) => void {
  let toldAt = env.monotonic();
  return (done, total) => {
    if (env.monotonic() - toldAt < SILENT_MS) return;
    toldAt = env.monotonic();
    terminal.progress(`${done} of ${total} performances`);
  };
}
