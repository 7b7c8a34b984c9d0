import { plainValue } from "../core/codec.ts";
import { isPerdureError } from "../core/errors.ts";
import type { Failure } from "../core/failure.ts";
import { findPlace } from "../core/stack-place.ts";
import { packageVersion } from "../system/index.ts";
import { FIRST_TASK } from "./init-files.ts";
import type { Project } from "./project.ts";
import type { ServeEvent, Serving } from "./serve.ts";
import { shortDuration } from "./short-duration.ts";
import type { Color, Terminal } from "./terminal.ts";

type Node = Serving["node"];
export type RunNews = Parameters<Parameters<Node["onRunNews"]>[0]>[0];
type LeasedRun = Extract<RunNews, { kind: "leased" }>["run"];
type RunView = Awaited<ReturnType<Node["calls"]["retrieve"]>>;

/** What a developer sees of a server: a line for each thing that happens, or a line of JSON. */
export interface DevView {
  ready(project: Project, url: string, tookMs: number): void;
  version(project: Project, tookMs: number): void;
  /** Something is wrong with the project; it is looked at again when a file changes. */
  broken(error: unknown, isServing: boolean): void;
  /** Something is wrong beside it. */
  problem(error: unknown): void;
  event(event: ServeEvent): void;
  news(news: RunNews, node: Node): void;
  /** Resolves when all that was heard has been written. */
  settled(): Promise<void>;
  stopping(): void;
}

const COLORS: Readonly<Record<string, Color>> = {
  started: "blue",
  continued: "blue",
  completed: "green",
  failed: "red",
  canceled: "gray",
  retrying: "yellow",
  held: "yellow",
  restarted: "yellow",
  version: "blue",
  broken: "red",
};
const WIDEST = Math.max(...Object.keys(COLORS).map(({ length }) => length));
const INDENT = " ".repeat(10 + WIDEST);
/** An output is shown to be recognised; `perdure runs get` has all of it. */
const SHOWN_CHARACTERS = 200;

export function createDevView({ root, terminal, now }: { root: string; terminal: Terminal; now: () => Date }): DevView {
  /** Runs that have been seen to start here and are not final. */
  const open = new Set<string>();
  let shown: Promise<void> = Promise.resolve();
  let lastProblem = "";

  return {
    ready({ built }, url, tookMs) {
      const tasks = built.version.tasks.map(({ id }) => id);
      const command = triggerCommand(tasks);
      terminal.line(`Perdure ${packageVersion()} at ${url}, ready after ${shortDuration(tookMs)}`);
      terminal.line(`Tasks: ${tasks.join(", ")}\n`);
      terminal.line(`Start a run:  ${terminal.paint(command, "green")}`);
      terminal.line("What you save is taken over; Ctrl-C ends this, and runs go on when you start it again.\n");
      json("info", "Perdure is ready.", { url, version: built.version.id, tasks, command, tookMs });
    },
    version({ built }, tookMs) {
      lastProblem = "";
      const tasks = built.version.tasks.map(({ id }) => id);
      line("version", `${built.version.id}  ${tasks.join(", ")}  ${gray(shortDuration(tookMs))}`);
      json("info", "Runs start under another version.", { version: built.version.id, tasks, tookMs });
    },
    broken(error, isServing) {
      const { message, code } = problemOf(error);
      const text = code === undefined ? message : `${code}: ${message}`;
      // A worker that did not start has been told of while it was tried again.
      line("broken", text === lastProblem ? (code ?? "") : indented(text));
      terminal.line(`${INDENT}${gray(isServing ? "The version before goes on." : "Waiting for a change.")}`);
      json("error", message, { code, isServing });
    },
    problem,
    event({ message, level, stream, task, properties, code, ...rest }) {
      json(level, message, { stream, task, properties, code, ...rest });
      if (typeof task === "string") {
        const more = properties === undefined ? "" : ` ${gray(JSON.stringify(properties))}`;
        terminal.line(`${INDENT}${terminal.paint(`${task} │`, LEVELS[level])} ${message}${more}`);
      } else if (stream !== undefined) terminal.line(`${INDENT}${terminal.paint("│", LEVELS[level])} ${message}`);
      else notice(code === undefined ? withDetails(message, rest) : `${code}: ${message}`, level);
    },
    news(news, node) {
      // A run whose end is still being looked up is shown before whatever comes after it.
      shown = shown.then(() => show(news, node)).catch(problem);
    },
    settled: () => shown,
    stopping() {
      terminal.line("\nPerdure is stopping; what is under way goes on at the next start.");
      json("info", "Perdure is stopping.", {});
    },
  };

  function problem(error: unknown): void {
    const { message, code } = problemOf(error);
    notice(code === undefined ? message : `${code}: ${message}`, "warn");
    json("warn", message, { code });
  }

  async function show(news: RunNews, node: Node): Promise<void> {
    switch (news.kind) {
      case "leased":
        return showLeased(news.run);
      case "final":
        return showFinal(await node.calls.retrieve({ runId: news.runId }));
      case "retrying":
        return showRetrying(news);
      case "held":
      case "restarted": {
        const { run, kind, diff } = news;
        line(kind, `${run.task}  ${gray(run.id)}`);
        terminal.line(`${INDENT}${indented(diff)}`);
        if (kind === "held") terminal.line(`${INDENT}Go on with: npx perdure runs restart ${run.id}`);
        json("warn", MESSAGES[kind], { runId: run.id, task: run.task, diff });
      }
    }
  }

  /** A run is leased again after each wait; shown is where it begins, and where it goes on after another start of ours. */
  function showLeased({ id, task, epoch, taskVersion }: LeasedRun): void {
    if (open.has(id)) return;
    open.add(id);
    const kind = epoch === 1 ? "started" : "continued";
    line(kind, `${task}  ${gray(id)}`);
    json("info", MESSAGES[kind], { runId: id, task, version: taskVersion });
  }

  function showRetrying({ run, failure, dueAt }: Extract<RunNews, { kind: "retrying" }>): void {
    const inMs = Math.max(0, dueAt - now().getTime());
    const { id: runId, task, attempt } = run;
    const again = gray(`attempt ${attempt} of ${run.retry.maxAttempts}, the next in ${shortDuration(inMs)}`);
    line("retrying", `${task}  ${gray(runId)}  ${again}`);
    showFailure(failure);
    json("warn", MESSAGES.retrying, { runId, task, attempt, error: errorOf(failure), inMs });
  }

  function showFinal(run: RunView): void {
    const { id: runId, task, status, attempt, startedAt, finishedAt = 0, output } = run;
    open.delete(runId);
    const failure = status === "completed" ? undefined : run.failure;
    const took = startedAt === undefined ? "" : gray(shortDuration(finishedAt - startedAt));
    const result = output === undefined ? "" : shorten(JSON.stringify(plainValue(output)));
    line(status, [task, gray(runId), took, result].filter(Boolean).join("  "));
    if (failure !== undefined) showFailure(failure);
    const error = failure === undefined ? undefined : errorOf(failure);
    json(status === "failed" ? "warn" : "info", MESSAGES.final, { runId, task, status, attempt, error });
  }

  function errorOf(failure: Failure): object {
    return { name: failure.name, message: failure.message, at: placeOf(failure) };
  }

  function showFailure(failure: Failure): void {
    terminal.line(`${INDENT}${terminal.paint(indented(`${failure.name}: ${failure.message}`), "red")}`);
    const place = placeOf(failure);
    if (place !== undefined) terminal.line(`${INDENT}at ${place}`);
  }

  function placeOf({ stack = "" }: Failure): string | undefined {
    const place = findPlace(stack, root);
    return place === undefined || place.startsWith("..") || place.includes("node_modules/") ? undefined : place;
  }

  /** A worker that does not start is tried again and again: that is told once. */
  function notice(text: string, level: ServeEvent["level"]): void {
    if (text === lastProblem) return;
    lastProblem = text;
    terminal.line(`${gray(clock())}  ${terminal.paint(indented(text), LEVELS[level])}`);
  }

  function line(kind: string, text: string): void {
    terminal.line(
      `${gray(clock())}  ${terminal.paint(kind.padEnd(WIDEST), COLORS[kind] ?? "gray")}  ${text}`.trimEnd(),
    );
  }

  function json(level: ServeEvent["level"], message: string, details: object): void {
    terminal.json({ time: now().toISOString(), level, message, ...details });
  }

  function clock(): string {
    return now().toTimeString().slice(0, 8);
  }

  function gray(text: string): string {
    return terminal.paint(text, "gray");
  }
}

const LEVELS: Readonly<Record<ServeEvent["level"], Color>> = {
  debug: "gray",
  info: "gray",
  warn: "yellow",
  error: "red",
};
const MESSAGES = {
  started: "A run started.",
  continued: "A run goes on.",
  final: "A run ended.",
  retrying: "An attempt failed; another follows.",
  held: "A run is held: its code no longer fits its journal.",
  restarted: "A run begins its attempt anew: its code no longer fits its journal.",
};

/** What to paste, with a payload that the first task of a new project can use; of others we do not know what they take. */
function triggerCommand(tasks: readonly string[]): string {
  const task = tasks.includes(FIRST_TASK.id) ? FIRST_TASK.id : (tasks[0] ?? "");
  const payload = task === FIRST_TASK.id ? FIRST_TASK.payload : {};
  const word = /^[\w./-]+$/.test(task) ? task : `'${task}'`;
  return `npx perdure trigger ${word} --payload '${JSON.stringify(payload)}'`;
}

function problemOf(error: unknown): { readonly message: string; readonly code?: string } {
  if (isPerdureError(error)) return { message: error.message, code: error.code };
  return { message: error instanceof Error ? error.message : String(error) };
}

function withDetails(message: string, details: object): string {
  const told = Object.entries(details).filter(([, detail]) => detail !== undefined && detail !== null);
  return [message, ...told.map(([name, detail]) => `${name} ${detail}`)].join(" ");
}

function indented(text: string): string {
  return text.replaceAll("\n", `\n${INDENT}`);
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
