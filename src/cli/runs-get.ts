import { type Command, onlyOne } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { eventLine, outcomeLine, runJson, runLine } from "./run-text.ts";

/** `perdure runs get <run>`. */
export const runsGetCommand: Command = {
  options: {},
  async run(input) {
    const { runs, terminal } = input;
    const id = onlyOne(input, "run");
    const [run, events] = await Promise.all([runs.retrieve(id), runs.events(id)]);
    terminal.line(runLine(run, terminal));
    terminal.line(`payload: ${JSON.stringify(run.payload) ?? "none"}`);
    if (run.metadata !== undefined) terminal.line(`metadata: ${JSON.stringify(run.metadata)}`);
    for (const event of events) terminal.line(eventLine(event, terminal));
    if (run.isCompleted || run.error !== undefined) terminal.line(outcomeLine(run));
    terminal.json({ ...runJson(run), events });
    return EXIT_CODES.ok.code;
  },
};
