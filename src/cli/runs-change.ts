import { type Command, type Input, UsageError } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** `perdure runs cancel <run> …`. */
export const runsCancelCommand = forEachRun("cancel", (runs, id) => runs.cancel(id));

/** `perdure runs replay <run> …`: writes the ids of the fresh runs. */
export const runsReplayCommand = forEachRun("replay", (runs, id) => runs.replay(id));

/** `perdure runs restart <run> …`. */
export const runsRestartCommand = forEachRun("restart", (runs, id) => runs.restart(id));

/** One after the other, so that the first refusal says how far it came: what was done has been written. */
function forEachRun(verb: string, change: (runs: Input["runs"], id: string) => Promise<{ id: string }>): Command {
  return {
    options: {},
    async run({ positionals, runs, terminal }) {
      if (positionals.length === 0) throw new UsageError(`Which runs? Name those to ${verb}.`);
      for (const run of positionals) {
        const { id } = await change(runs, run);
        terminal.line(id);
        terminal.json({ run, id });
      }
      return EXIT_CODES.ok.code;
    },
  };
}
