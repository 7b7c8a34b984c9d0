import { announcementsOf, countAt, sentOf, type Under } from "../answers.ts";
import { type Evidence, isDropped, type Story, type Violation, type Written } from "../evidence.ts";
import type { Sent } from "../perform-effects.ts";

/**
 * A request that may change something is announced before it leaves. Whoever makes it again, not knowing whether it had left,
 * says so and says the same; where the task wants none repeated, nobody does.
 */
export function* checkIntents({ stories, runs }: Evidence): Iterable<Violation> {
  for (const story of stories.values()) {
    const task = runs.get(story.runId)?.task;
    for (const [i, one] of sentOf(story).entries()) {
      const { deed, seen, lease } = one;
      if (seen.method === "GET") continue;
      const announced = announcementsOf(story, deed.place).filter(
        (written) =>
          written.entry.journal === lease.journal &&
          written.commit.seq <= deed.afterCommit &&
          !isDropped(story, written, deed.afterCommit + 1),
      );
      const count = countAt(deed.place);
      if (announced.length < count) yield broken(story, one, "it left before that was on disk");
      const before = announced[count - 1];
      if (before === undefined || before.commit.seq >= lease.from) continue;
      if (task === "careful") yield broken(story, one, "it was repeated, and its task wants that not");
      if (!isToldOf(story, one)) yield broken(story, one, "it was repeated, and the run's story does not say so");
      for (const other of sentOf(story).slice(0, i))
        if (isSame(other, one, before) && other.seen.body !== seen.body)
          yield broken(story, one, `it said ${seen.body}, and ${other.seen.body} before`);
    }
  }
}

/** Both of them in this journal, and the earlier one announced by this entry. */
function isSame(other: Under<Sent>, { deed, lease }: Under<Sent>, announced: Written): boolean {
  const isHere = other.deed.place === deed.place && other.lease.journal === lease.journal;
  return isHere && other.lease.epoch >= announced.entry.epoch;
}

function isToldOf({ events }: Story, { deed, lease }: Under<Sent>): boolean {
  return events.some(
    ({ event, commit }) =>
      event.kind === "effect.uncertain" && event.epoch === lease.epoch && commit.seq <= deed.afterCommit,
  );
}

function broken({ runId }: Story, { deed, seen }: Under<Sent>, problem: string): Violation {
  const which = `${seen.method} ${deed.place} by ${deed.worker} (epoch ${deed.epoch}, sending ${seen.number})`;
  return { promise: "unsafe requests are announced", runId, problem: `${which}: ${problem}` };
}
