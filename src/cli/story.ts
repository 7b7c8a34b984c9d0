import type { Runs } from "../sdk/index.ts";

const PAGE = 1_000;

export type StoryLine = Awaited<ReturnType<Runs["events"]>>[number];

/** The events of a run, page by page, to the end of what there is now. */
export async function storyOf({ runs }: { readonly runs: Runs }, runId: string): Promise<readonly StoryLine[]> {
  const story: StoryLine[] = [];
  for (let isMore = true; isMore; ) {
    const page = await runs.events(runId, { after: story.at(-1)?.seq ?? 0, limit: PAGE });
    story.push(...page);
    isMore = page.length === PAGE;
  }
  return story;
}
