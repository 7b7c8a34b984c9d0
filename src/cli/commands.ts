import type { Command } from "./command.ts";

export interface CommandEntry {
  /** What it takes beside options. */
  readonly takes: string;
  readonly does: string;
  readonly load: () => Promise<Command>;
}

/** Every command by the words that call it. Only the one that is asked for is loaded. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  start: {
    takes: "",
    does: "Serves the project in this folder: builds its tasks, runs them, and answers over HTTP until it is told to end.",
    load: async () => (await import("./start.ts")).startCommand,
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
  trigger: {
    takes: "<task>",
    does: "Asks for a run of a task.",
    load: async () => (await import("./trigger.ts")).triggerCommand,
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
