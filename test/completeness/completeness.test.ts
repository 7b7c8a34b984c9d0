/**
 * With the real client libraries: every request that a server sees is in the journal, and a continuation asks for nothing again that
 * was answered. Each case runs undisturbed, and then with its worker killed after entries of its journal.
 */
import { describe, expect, test } from "vitest";
import type { ClientCase } from "./client-case.ts";
import { clients } from "./clients.ts";
import { announcedIn, answeredIn, beyond, type Circumstances, isSafe, kindsIn, performCase } from "./perform-case.ts";

/** Cuts of one case: a longer journal is cut at places that are spread over it. The second way goes through the same code. */
const CUTS = { cold: 12, warm: 4 };

describe.each(clients.map((one) => [one.package, one.name, one] as const))("%s: %s", (_, __, one) => {
  test.each([
    ["a client that the run makes", false],
    ["a client of the module", true],
  ])("with %s", { timeout: 60_000 }, (_, isWarm) => tryOut(one, { isWarm }));
});

async function tryOut(one: ClientCase, circumstances: Circumstances): Promise<void> {
  const { run, entries, seen, story } = await performCase(one, circumstances);
  expect(run.error).toBeUndefined();
  expect(run.status).toBe("completed");
  expect(kindsIn(story)).toEqual([]);
  expect(seen.length).toBeGreaterThan(0);
  expect(beyond(answeredIn(entries), seen)).toEqual([]);
  expect(beyond(seen, answeredIn(entries))).toHaveLength((one.givenUp ?? 0) + (one.within ?? 0));
  expect(announcedIn(entries)).toEqual(seen.filter((request) => !isSafe(request)));

  if (one.givenUp === undefined) {
    const alone = await performCase(one, { ...circumstances, cutAfter: entries.length, isServerGone: true });
    expect(alone.run.output, "continued with a complete journal, and without a server").toEqual(run.output);
  }

  if (one.inFlight === undefined) {
    const again = await performCase(one, { ...circumstances, isCutAgainAndAgain: true });
    const place = `cut after every entry: ${JSON.stringify(again.story)}`;
    expect(again.run.output, place).toEqual(run.output);
    expect(again.seen, place).toEqual(seen);
  }

  for (const cutAfter of placesIn(entries.length, circumstances.isWarm ? CUTS.warm : CUTS.cold)) {
    const cut = await performCase(one, { ...circumstances, cutAfter });
    const place = `cut after entry ${cutAfter} of ${entries.length}: ${JSON.stringify(cut.story)}`;
    expect(cut.run.output, place).toEqual(run.output);
    expect(beyond(seen, cut.seen), place).toEqual([]);
    const repeated = beyond(cut.seen, seen);
    expect(repeated.length, place).toBeLessThanOrEqual(one.inFlight ?? 0);
    // Whether a request that may change something was made is not known: whoever reads the story is told, also where it was not.
    const toldOf = kindsIn(cut.story);
    expect(
      toldOf.filter((kind) => kind !== "effect.uncertain"),
      place,
    ).toEqual([]);
    expect(toldOf.length, place).toBeGreaterThanOrEqual(repeated.filter((request) => !isSafe(request)).length);
  }
}

function placesIn(entries: number, most: number): readonly number[] {
  if (entries <= most) return Array.from({ length: entries }, (_, i) => i + 1);
  return Array.from({ length: most }, (_, i) => 1 + Math.round((i * (entries - 1)) / (most - 1)));
}
