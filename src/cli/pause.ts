import { type Command, type Input, UsageError } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** `perdure pause [queue]`. */
export const pauseCommand = pausing("pause", "Everything is paused: what executes goes on, and nothing else begins.");

/** `perdure resume [queue]`. */
export const resumeCommand = pausing("resume", "Everything goes on, but for queues that are paused by themselves.");

/** Without a queue it is about all of them. */
function pausing(action: "pause" | "resume", done: string): Command {
  return {
    options: {},
    async run(input) {
      const { positionals, queues, client, terminal } = input;
      const [name, ...more] = positionals;
      if (more.length > 0) throw new UsageError(`One queue at a time; ${more.join(" ")} is too much.`);
      if (name !== undefined) return say(input, await queues[action](name));
      const { pausedAt } = await client().calls.pauseEverything({ action });
      terminal.line(done);
      terminal.json({ paused: pausedAt !== undefined, ...(pausedAt && { pausedAt: new Date(pausedAt) }) });
      return EXIT_CODES.ok.code;
    },
  };
}

function say({ terminal }: Input, queue: Awaited<ReturnType<Input["queues"]["retrieve"]>>) {
  const { name, paused, queued, running } = queue;
  terminal.line(`${name} is ${paused ? "paused" : "not paused"}: ${running} of its runs execute, ${queued} are due.`);
  terminal.json(queue);
  return EXIT_CODES.ok.code;
}
