import { requireRun } from "./host.ts";

export const tags = {
  /** Adds to the tags of the run that is executing; at most 10 in all, equal ones count once. */
  async add(added: string | readonly string[]): Promise<void> {
    await requireRun("tags.add()").addTags(typeof added === "string" ? [added] : added);
  },
};
