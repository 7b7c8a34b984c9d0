import { type Command, onlyOne } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { eventLine, outcomeLine, runJson, runLine } from "./run-text.ts";
import { storyOf } from "./story.ts";

/** `perdure runs get <run>`. */
export const runsGetCommand: Command = {
  options: {},
  async run(input) {
    const { runs, terminal } = input;
    const id = onlyOne(input, "run");
    const [run, events, explanation] = await Promise.all([runs.retrieve(id), storyOf(input, id), runs.explain(id)]);
    terminal.line(runLine(run, terminal));
    terminal.line(`payload: ${JSON.stringify(run.payload) ?? "none"}`);
    if (run.metadata !== undefined) terminal.line(`metadata: ${JSON.stringify(run.metadata)}`);
    for (const event of events) terminal.line(eventLine(event, terminal));
    if (run.isCompleted || run.error !== undefined) terminal.line(outcomeLine(run));
    if (run.isQueued || run.isWaiting) terminal.line(`waiting: ${explanation.sentence}`);
    terminal.json({ ...runJson(run), events, explanation });
    return EXIT_CODES.ok.code;
  },
};
