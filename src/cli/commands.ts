import type { Command } from "./command.ts";

export interface CommandEntry {
  /** What it takes beside options. */
  readonly takes: string;
  readonly does: string;
  readonly load: () => Promise<Command>;
}

/** Every command by the words that call it. Only the one that is asked for is loaded. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  init: {
    takes: "",
    does: "Makes this folder a project: adds a configuration and a first task where there are none.",
    load: async () => (await import("./init.ts")).initCommand,
  },
  dev: {
    takes: "",
    does: "Serves the project in this folder while you work on it: each change is a new version, and its runs are shown.",
    load: async () => (await import("./dev.ts")).devCommand,
  },
  start: {
    takes: "",
    does: "Serves the project in this folder: builds its tasks, runs them, and answers over HTTP until it is told to end.",
    load: async () => (await import("./start.ts")).startCommand,
  },
  demo: {
    takes: "",
    does: "Starts three runs, lets you kill their process, and shows what became of them.",
    load: async () => (await import("./demo/demo.ts")).demoCommand,
  },
  status: {
    takes: "",
    does: "Shows the server on one screen: versions, worker processes, runs, queues, and what is wrong.",
    load: async () => (await import("./status.ts")).statusCommand,
  },
  doctor: {
    takes: "",
    does: "Checks the project and its surroundings, with or without a running server, and says how to cure what is wrong.",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  check: {
    takes: "<task>",
    does: "Performs a task of the project in this folder, cuts it after every entry of its journal, continues it, and says what is repeated and what to do about it. Its effects are real.",
    load: async () => (await import("./check/check.ts")).checkCommand,
  },
  trigger: {
    takes: "<task>",
    does: "Asks for a run of a task.",
    load: async () => (await import("./trigger.ts")).triggerCommand,
  },
  logs: {
    takes: "<run>",
    does: "Shows what the code of a run logged.",
    load: async () => (await import("./logs.ts")).logsCommand,
  },
  "runs list": {
    takes: "",
    does: "Lists runs, newest first.",
    load: async () => (await import("./runs-list.ts")).runsListCommand,
  },
  "runs get": {
    takes: "<run>",
    does: "Shows one run and its story.",
    load: async () => (await import("./runs-get.ts")).runsGetCommand,
  },
  "runs watch": {
    takes: "<run>",
    does: "Follows a run until it is final.",
    load: async () => (await import("./runs-watch.ts")).runsWatchCommand,
  },
  "runs journal": {
    takes: "<run>",
    does: "Shows what is recorded of a run, in the order in which its code saw it, and where its code has left that.",
    load: async () => (await import("./runs-journal.ts")).runsJournalCommand,
  },
  "runs cancel": {
    takes: "<run> …",
    does: "Asks for the end of runs and of their children.",
    load: async () => (await import("./runs-change.ts")).runsCancelCommand,
  },
  "runs replay": {
    takes: "<run> …",
    does: "Makes fresh runs with the same payloads.",
    load: async () => (await import("./runs-change.ts")).runsReplayCommand,
  },
  "queues list": {
    takes: "",
    does: "Lists queues: what is due in them, what executes, limits and pauses.",
    load: async () => (await import("./queues-list.ts")).queuesListCommand,
  },
  pause: {
    takes: "[queue]",
    does: "Lets nothing of a queue begin, or of any queue; what executes goes on.",
    load: async () => (await import("./pause.ts")).pauseCommand,
  },
  resume: {
    takes: "[queue]",
    does: "Takes that back.",
    load: async () => (await import("./pause.ts")).resumeCommand,
  },
  "runs restart": {
    takes: "<run> …",
    does: "Lets runs that are held after a divergence begin their attempt anew.",
    load: async () => (await import("./runs-change.ts")).runsRestartCommand,
  },
  "alerts test": {
    takes: "",
    does: "Sends a test by each alert of the project in this folder, from here and without a server.",
    load: async () => (await import("./alerts-test.ts")).alertsTestCommand,
  },
  "keys create": {
    takes: "<name>",
    does: "Makes a secret key and shows it, once.",
    load: async () => (await import("./keys.ts")).keysCreateCommand,
  },
  "keys list": {
    takes: "",
    does: "Lists the secret keys, newest first.",
    load: async () => (await import("./keys.ts")).keysListCommand,
  },
  "keys revoke": {
    takes: "<key> …",
    does: "Ends secret keys, and all public tokens that were signed with them.",
    load: async () => (await import("./keys.ts")).keysRevokeCommand,
  },
};

/** The command that the words begin with, and the words after it. */
export function findCommand(
  words: readonly string[],
): { readonly name: string; readonly rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    if (words.length >= length && Object.hasOwn(COMMANDS, name)) return { name, rest: words.slice(length) };
  }
  return undefined;
}
