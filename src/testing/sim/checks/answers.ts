import { answersOf, follows, heardOf, sentOf, type Under } from "../answers.ts";
import type { Evidence, Story, Violation, Written } from "../evidence.ts";
import type { Arrival } from "../outside.ts";
import type { Heard } from "../program.ts";

/**
 * What came back of a request is on disk before the code sees the last of it, is what was answered, and is seen again by every
 * continuation, which does not make the request again.
 */
export function* checkAnswers({ stories, history }: Evidence): Iterable<Violation> {
  for (const story of stories.values()) {
    const heard = heardOf(story);
    if (heard.length === 0) continue;
    const places = new Map(history.arrivals.map(({ number, place }) => [number, place]));
    const answers = answersOf(story);
    for (const one of heard)
      yield* checkHeard(story, one, history.arrivals, answers.get(one.seen.number ?? 0)?.written);
    const finals = [...answers.values()].map(({ number, written }) => ({ place: places.get(number), number, written }));
    for (const { place, number, written } of finals) {
      for (const one of heard)
        if (one.deed.place === place && one.seen.number !== undefined && one.seen.number !== number)
          if (follows(story, one, written))
            yield broken(
              story,
              `${said(one)} heard sending ${one.seen.number}, and entry ${written.entry.seq} answers ${number}`,
            );
      for (const one of sentOf(story)) {
        const isOwn = one.lease.epoch === written.entry.epoch && written.commit.seq <= one.deed.afterCommit;
        if (one.deed.place === place && (isOwn || follows(story, one, written)))
          yield broken(
            story,
            `${said(one)} made it again, which entry ${written.entry.seq} answers (${written.entry.key})`,
          );
      }
    }
    yield* checkAgain(story, heard, (number) => answers.get(number)?.written);
  }
}

function* checkHeard(
  story: Story,
  one: Under<Heard>,
  arrivals: readonly Arrival[],
  written: Written | undefined,
): Iterable<Violation> {
  const { seen, deed } = one;
  const { number, how, text } = seen;
  if (number === undefined) return;
  if (written === undefined || written.commit.seq > deed.afterCommit)
    yield broken(story, `${said(one)} heard of sending ${number} before that was on disk`);
  const arrival = arrivals[number - 1];
  if (arrival?.runId !== story.runId || arrival.place !== deed.place)
    yield broken(story, `${said(one)} heard of sending ${number}, which was another`);
  else if (how === "answered" && text !== arrival.text)
    yield broken(story, `${said(one)} heard "${text}", and was answered "${arrival.text}"`);
}

/** Whoever heard an answer hears it again, and does not give it up. */
function* checkAgain(
  story: Story,
  heard: readonly Under<Heard>[],
  writtenOf: (number: number) => Written | undefined,
): Iterable<Violation> {
  for (const first of heard) {
    const written = first.seen.number === undefined ? undefined : writtenOf(first.seen.number);
    if (written === undefined) continue;
    for (const again of heard)
      if (again.deed.place === first.deed.place && again.seen.number === undefined && follows(story, again, written))
        yield broken(story, `${said(again)} has it ${again.seen.how}, and ${said(first)} has it ${first.seen.how}`);
  }
}

function said({ deed: { worker, place, epoch } }: Under<unknown>): string {
  return `${worker} at ${place} (epoch ${epoch})`;
}

function broken({ runId }: Story, problem: string): Violation {
  return { promise: "answers are kept", runId, problem };
}
