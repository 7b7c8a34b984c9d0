/**
 * With the real client libraries: every request that a server sees is in the journal, and a continuation asks for nothing again that
 * was answered. Each case runs undisturbed, then with its worker killed after entries of its journal.
 */
import { describe, expect, test } from "vitest";
import { clients } from "./clients.ts";
import { announcedIn, answeredIn, beyond, performCase } from "./perform-case.ts";

const SAFE = /^(GET|HEAD|OPTIONS) /;
/** Cuts of one case: a longer journal is cut at places that are spread over it. */
const CUTS = 12;

describe.each(clients.map((one) => [one.package, one.name, one] as const))("%s: %s", (_, __, one) => {
  test("is in the journal, and asks for nothing twice", { timeout: 120_000 }, async () => {
    const undisturbed = await performCase(one);
    const { run, entries, seen, story } = undisturbed;
    expect(run.error).toBeUndefined();
    expect(run.status).toBe("completed");
    expect(story.filter(({ kind }) => kind.startsWith("effect."))).toEqual([]);
    expect(seen.length).toBeGreaterThan(0);
    expect(beyond(answeredIn(entries), seen)).toEqual([]);
    expect(beyond(seen, answeredIn(entries))).toHaveLength((one.givenUp ?? 0) + (one.within ?? 0));
    expect(announcedIn(entries)).toEqual(seen.filter((request) => !SAFE.test(request)));

    if (one.givenUp === undefined) {
      const alone = await performCase(one, { cutAfter: entries.length, isServerGone: true });
      expect(alone.run.output, "continued with a complete journal, and without a server").toEqual(run.output);
    }

    for (const cutAfter of placesIn(entries.length)) {
      const cut = await performCase(one, { cutAfter });
      const place = `cut after entry ${cutAfter} of ${entries.length}: ${JSON.stringify(cut.story)}`;
      expect(cut.run.output, place).toEqual(run.output);
      expect(beyond(seen, cut.seen), place).toEqual([]);
      expect(beyond(cut.seen, seen).length, place).toBeLessThanOrEqual(one.inFlight ?? 0);
    }
  });
});

function placesIn(entries: number): readonly number[] {
  if (entries <= CUTS) return Array.from({ length: entries }, (_, i) => i + 1);
  return Array.from({ length: CUTS }, (_, i) => 1 + Math.round((i * (entries - 1)) / (CUTS - 1)));
}
