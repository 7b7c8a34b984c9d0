/**
 * With the real client libraries: every request that a server sees is in the journal, and a continuation asks for nothing again that
 * was answered. Each case runs undisturbed, and then with its worker killed after entries of its journal.
 */
import { describe, expect, test } from "vitest";
import { repeated as beyond } from "../effects/repeated.ts";
import type { ClientCase } from "./client-case.ts";
import { clients } from "./clients.ts";
import {
  announcedIn,
  answeredIn,
  type Circumstances,
  isSafe,
  kindsIn,
  type Performed,
  performCase,
} from "./perform-case.ts";

/** Cuts of one case: a longer journal is cut at places that are spread over it. */
const CUTS = 12;

describe.each(clients.map((one) => [one.package, one.name, one] as const))("%s: %s", (_, __, one) => {
  test("with a client that the run makes", { timeout: 120_000 }, async () => {
    const undisturbed = await performUndisturbed(one, { isWarm: false });
    for (const cutAfter of placesIn(undisturbed.entries.length)) await performCut(one, { cutAfter }, undisturbed);
    // What was given up is not in the journal, and is asked for again.
    if (one.givenUp === undefined)
      await performCut(one, { cutAfter: undisturbed.entries.length, isServerGone: true }, undisturbed);
    if (one.inFlight === undefined) await performCut(one, { isCutAgainAndAgain: true }, undisturbed);
  });

  test("with a client of the module, which a continuation finds as it was left", { timeout: 120_000 }, async () => {
    const undisturbed = await performUndisturbed(one, { isWarm: true });
    const half = Math.ceil(undisturbed.entries.length / 2);
    await performCut(one, { isWarm: true, cutAfter: half }, undisturbed);
  });
});

async function performUndisturbed(one: ClientCase, circumstances: Circumstances): Promise<Performed> {
  const undisturbed = await performCase(one, circumstances);
  const { run, entries, seen, story } = undisturbed;
  expect(run.error).toBeUndefined();
  expect(run.status).toBe("completed");
  expect(kindsIn(story)).toEqual([]);
  expect(seen.length).toBeGreaterThan(0);
  expect(beyond(answeredIn(entries), seen)).toEqual([]);
  expect(beyond(seen, answeredIn(entries))).toHaveLength((one.givenUp ?? 0) + (one.within ?? 0));
  expect(announcedIn(entries)).toEqual(seen.filter((request) => !isSafe(request)));
  return undisturbed;
}

async function performCut(one: ClientCase, circumstances: Circumstances, undisturbed: Performed): Promise<void> {
  const cut = await performCase(one, circumstances);
  const place = `${JSON.stringify(circumstances)} of ${undisturbed.entries.length} entries: ${cut.story.join(", ")}`;
  expect(cut.story, place).toContain("run.reaped");
  expect(cut.run.output, place).toEqual(undisturbed.run.output);
  if (circumstances.isServerGone !== true) expect(beyond(undisturbed.seen, cut.seen), place).toEqual([]);
  const again = beyond(cut.seen, undisturbed.seen);
  expect(again.length, place).toBeLessThanOrEqual(one.inFlight ?? 0);
  // Whether a request that may change something was made is not known: whoever reads the story is told, also where it was not.
  const toldOf = kindsIn(cut.story);
  expect(
    toldOf.filter((kind) => kind !== "effect.uncertain"),
    place,
  ).toEqual([]);
  expect(toldOf.length, place).toBeGreaterThanOrEqual(again.filter((request) => !isSafe(request)).length);
}

function placesIn(entries: number): readonly number[] {
  if (entries <= CUTS) return Array.from({ length: entries }, (_, i) => i + 1);
  return Array.from({ length: CUTS }, (_, i) => 1 + Math.round((i * (entries - 1)) / (CUTS - 1)));
}
