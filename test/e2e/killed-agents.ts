/**
 * Agents whose worker process is killed. Their task files are built and run as `perdure start` does it, the model is a scripted server,
 * and what was on disk at the moment of the kill is compared with what the server was asked before and after.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ModelScript } from "../../examples/servers/model-script.ts";
import { requestIdOf, startOpenAiServer } from "../../examples/servers/openai-server.ts";
import type { SeenRequest } from "../../examples/servers/scripted-server.ts";
import { BUNDLE_FILE } from "../../src/build/bundle.ts";
import { buildVersion, loadConfig } from "../../src/build/index.ts";
import type { NewEntry } from "../../src/core/entry.ts";
import type { WorkerCalls } from "../../src/protocol/worker-calls.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import { readEnd, readHead } from "../../src/worker/effects/recorded-http.ts";
import { writeProject } from "../build/write-project.ts";
import { startNodeWithPool } from "./node-with-pool.ts";

const ROOT = join(import.meta.dirname, "../..");
const AGENTS = join(ROOT, "examples/agents");

/**
 * When its process is killed: once so many entries are on disk; while the n-th call is under way, of whose answer `events` have left;
 * or when somebody says so.
 */
export type Moment =
  | { readonly entries: number }
  | { readonly call: number; readonly events?: number }
  | { readonly when: (kill: () => void, runId: string) => void };

export interface Performance {
  readonly status: string;
  readonly attempt: number;
  readonly output: unknown;
  /** Kinds of the run's events. */
  readonly events: readonly string[];
  /** Names of the calls of the model, in the order in which they came. */
  readonly calls: readonly string[];
  /** Processes that ended by SIGKILL. */
  readonly kills: number;
  /** Entries that were on disk when the process was killed, or in the end. */
  readonly entries: number;
  /** Calls whose whole answer was on disk then. */
  readonly finished: readonly string[];
  /** How many other requests may have been under way then. */
  readonly inFlight: number;
}

/**
 * Starts a node with worker processes that have the tasks of `examples/agents`.
 *
 * @param variables - Of the environment, beside those that say where the model is.
 */
export async function startAgents(
  script: ModelScript,
  pace: { readonly delayMs: number; readonly pauseMs: number },
  variables: Readonly<Record<string, string>> = {},
) {
  let onCall: () => void = () => undefined;
  let onEvent: (request: SeenRequest, before: number) => void = () => undefined;
  const model = await startOpenAiServer(
    (conversation) => {
      onCall();
      return script(conversation);
    },
    { ...pace, onEvent: (request, before) => onEvent(request, before) },
  );
  const project = mkdtempSync(join(tmpdir(), "perdure-agents-"));
  const { folder, version } = await buildAgents(project);
  const { node, pool, seen, trigger, ended, stop } = await startNodeWithPool({
    module: join(folder, BUNDLE_FILE),
    manifests: version.tasks,
    variableNames: ["OPENAI_BASE_URL", "OPENAI_API_KEY", ...Object.keys(variables)],
    environment: { ...process.env, OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_API_KEY: "any", ...variables },
  });
  let onWritten: (runId: string, entries: readonly NewEntry[]) => void = () => undefined;
  hearWritten(node.calls, (runId, entries) => onWritten(runId, entries));

  /** Runs a task to its end, and kills the process that executes it once, where a moment is given. */
  async function perform(task: string, payload: unknown, moment?: Moment): Promise<Performance> {
    const before = model.seen.length;
    const journal = new Written();
    let atKill: Written["now"] | undefined;
    function kill(): void {
      if (atKill !== undefined) return;
      atKill = journal.now;
      const busy = pool.processes.filter(({ held }) => held > 0);
      for (const { pid } of busy.length > 0 ? busy : pool.processes) process.kill(pid, "SIGKILL");
    }
    onWritten = (runId, entries) => {
      journal.add(runId, entries);
      if (moment !== undefined && "entries" in moment && journal.now.entries >= moment.entries) kill();
    };
    onCall = () => {
      if (moment === undefined || !("call" in moment) || moment.events !== undefined) return;
      if (model.seen.length - before === moment.call) kill();
    };
    onEvent = (request, events) => {
      if (moment === undefined || !("call" in moment) || moment.events !== events) return;
      if (model.seen[before + moment.call - 1] === request) kill();
    };
    const runId = await trigger(task, payload);
    if (moment !== undefined && "when" in moment) moment.when(kill, runId);
    const { status, attempt, output, events } = await ended(runId);
    const calls = model.seen.slice(before).map(requestIdOf);
    const kills = seen.lost.splice(0).filter(({ end }) => end.signal === "SIGKILL").length;
    return { status, attempt, output, events, calls, kills, ...(atKill ?? journal.now) };
  }
  return {
    perform,
    node,
    /** Nobody is there to hear of them. */
    problems: seen.problems,
    async stop() {
      await stop();
      await model.stop();
      rmSync(project, { recursive: true, force: true });
    },
  };
}

/** What has been written, and what it says about requests. */
class Written {
  #entries = 0;
  readonly #sent = new Set<string>();
  readonly #names = new Map<string, string | undefined>();
  readonly #answered = new Set<string>();

  get now() {
    const finished = [...this.#answered].flatMap((request) => this.#names.get(request) ?? []);
    const inFlight = [...this.#sent].filter((request) => !this.#answered.has(request)).length;
    return { entries: this.#entries, finished, inFlight };
  }

  add(runId: string, entries: readonly NewEntry[]): void {
    this.#entries += entries.length;
    for (const { kind, key, outcome, result = "" } of entries) {
      const request = `${runId} ${key}`;
      if (kind === "sent") this.#sent.add(request);
      if (kind === "head" || (kind === "request" && outcome === "completed")) this.#names.set(request, nameOf(result));
      if (kind === "request" || (kind === "end" && readEnd(result).kind === "complete")) this.#answered.add(request);
    }
  }
}

/** The model's server names each call by its content, and says the name in a header of its answer. */
function nameOf(head: string): string | undefined {
  const { headers } = readHead(head);
  const place = headers.findIndex((name) => name.toLowerCase() === "x-request-id");
  return place < 0 ? undefined : headers[place + 1];
}

/** @param hear - Called with the entries of a run when they are on disk, and before its worker knows. */
function hearWritten(calls: WorkerCalls, hear: (runId: string, entries: readonly NewEntry[]) => void): void {
  const { record, triggerFrom, park, finish } = calls;
  type Input = Parameters<WorkerCalls["record"]>[0];
  const heard =
    <In extends Input, Answer>(call: (input: In) => Promise<Answer>) =>
    async (input: In): Promise<Answer> => {
      const answer = await call(input);
      hear(input.runId, input.append.entries);
      return answer;
    };
  Object.assign(calls, {
    record: heard(record),
    triggerFrom: heard(triggerFrom),
    park: heard(park),
    finish: heard(finish),
  } satisfies Partial<WorkerCalls>);
}

/** A project that has the agents in its folder of tasks, with the packages that are installed here. */
async function buildAgents(root: string) {
  const names = readdirSync(AGENTS).filter((name) => name !== "patterns.ts");
  writeProject(
    root,
    Object.fromEntries(names.map((name) => [`tasks/${name}`, readFileSync(join(AGENTS, name), "utf8")])),
  );
  for (const name of ["ai", "zod", "@ai-sdk/openai"]) {
    const place = join(root, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), place, "junction");
  }
  const env = createSystemEnv();
  return buildVersion({ root, config: await loadConfig(root), outDir: join(root, ".perdure/versions"), env });
}
