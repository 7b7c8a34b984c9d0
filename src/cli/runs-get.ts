import { type Command, type Input, onlyOne } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { eventLine, outcomeLine, runJson, runLine } from "./run-text.ts";

const PAGE = 1_000;

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

type StoryLine = Awaited<ReturnType<Input["runs"]["events"]>>[number];

/** Page by page, to the end of what there is now. */
async function storyOf({ runs }: Input, runId: string): Promise<readonly StoryLine[]> {
  const story: StoryLine[] = [];
  for (let isMore = true; isMore; ) {
    const page = await runs.events(runId, { after: story.at(-1)?.seq ?? 0, limit: PAGE });
    story.push(...page);
    isMore = page.length === PAGE;
  }
  return story;
}
