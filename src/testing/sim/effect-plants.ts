/** Bugs in how effects are recorded, planted from outside: by what a worker is told by its calls, and by what they pass on. */

import type { Entry, EntryKind, NewEntry } from "../../core/entry.ts";
import { sleep } from "../../core/env.ts";
import type { Dispatch } from "../../server/index.ts";
import type { Verb } from "../../store/verb.ts";
import type { Planted } from "./plants.ts";
import { replacing, rewriting } from "./rewriting.ts";

const WRITTEN_AFTER_MS = 300;
type Appending = Pick<Parameters<Dispatch["record"]>[0], "append">;
const APPENDING = ["record", "park", "finish", "triggerFrom"] as const;

/** Entries of these kinds count as written before they are, and are written a little later if the worker lives to do so. */
function recordedTooLate(...kinds: readonly EntryKind[]): Planted {
  let acted = 0;
  return {
    between(calls, { env }) {
      let written: Promise<unknown> = Promise.resolve();
      const after = (name: (typeof APPENDING)[number]) => async (input: never) => {
        await written;
        return calls[name](input);
      };
      const ordered = Object.fromEntries(APPENDING.map((name) => [name, after(name)])) as Partial<Dispatch>;
      return {
        ...calls,
        ...ordered,
        async record(input) {
          const write = () => written.then(() => calls.record(input));
          if (!input.append.entries.some(({ kind }) => kinds.includes(kind))) return write();
          acted += 1;
          written = written.then(() => sleep(env, WRITTEN_AFTER_MS)).then(() => calls.record(input));
          return { state: "recorded" };
        },
      };
    },
    acted: () => acted,
  };
}

/** Something is left out of entries on their way to the disk. */
function withoutPart(part: "place" | "clock"): Planted {
  let acted = 0;
  const strip = (entry: NewEntry): NewEntry => {
    const { [part]: stripped, ...rest } = entry;
    if (stripped !== undefined) acted += 1;
    return rest;
  };
  const stripAll = ({ append, ...rest }: Appending) => ({
    ...rest,
    append: { ...append, entries: append.entries.map(strip) },
  });
  return {
    between: (calls) => ({
      ...calls,
      ...(Object.fromEntries(
        APPENDING.map((name) => [name, (input: Appending) => calls[name](stripAll(input) as never)]),
      ) as Partial<Dispatch>),
    }),
    acted: () => acted,
  };
}

/** A replay is given each group of chunks a second time. */
function chunksTwice(): Planted {
  let acted = 0;
  const twice = (entry: Entry): readonly Entry[] => {
    if (entry.kind !== "body") return [entry];
    acted += 1;
    return [entry, entry];
  };
  return {
    between: (calls) => ({
      ...calls,
      readEntries: async (input) => (await calls.readEntries(input)).flatMap(twice),
    }),
    acted: () => acted,
  };
}

/** Each lease draws anew. */
function seedOfTheLease(): Planted {
  let acted = 0;
  return {
    between: (calls) => ({
      ...calls,
      async lease(input) {
        const { runs, ...rest } = await calls.lease(input);
        acted += runs.length;
        return { ...rest, runs: runs.map((run) => ({ ...run, seed: `${run.seed} ${run.epoch}` })) };
      },
    }),
    acted: () => acted,
  };
}

/** Workers take leases for longer than they are. */
function leaseTrustedTooLong(): Planted {
  let acted = 0;
  const stretched = <Answer extends { readonly leaseMs: number }>(answer: Answer): Answer => {
    acted += 1;
    return { ...answer, leaseMs: answer.leaseMs * 5 };
  };
  return {
    between: (calls) => ({
      ...calls,
      lease: async (input) => stretched(await calls.lease(input)),
      renew: async (input) => stretched(await calls.renew(input)),
    }),
    acted: () => acted,
  };
}

/** What runs have recorded stays when they are final. */
function recordsStay(): Planted {
  let acted = 0;
  return {
    writes: (writes) =>
      // biome-ignore lint/correctness/useYield: a verb that does nothing asks nothing.
      replacing(writes, "deleteRecords", function* () {
        acted += 1;
        return { deleted: 0, isDone: true, unreferencedBlobs: [] };
      }),
    acted: () => acted,
  };
}

/** An attempt that resumes does without everything that was recorded before. */
function nothingKept(): Planted {
  let matches = () => 0;
  return {
    writes(writes) {
      const { verb, matches: count } = rewriting(writes["retryRun"] as Verb, /and key = $/, "and '' <> ");
      matches = count;
      return replacing(writes, "retryRun", verb);
    },
    acted: () => matches(),
  };
}

/** Each with the promise that it breaks. */
export const EFFECT_PLANTS: readonly {
  readonly name: string;
  readonly plant: () => Planted;
  readonly breaks: string;
}[] = [
  {
    name: "an intent that is not on disk",
    plant: () => recordedTooLate("sent"),
    breaks: "unsafe requests are announced",
  },
  {
    name: "an answer heard before the commit",
    plant: () => recordedTooLate("request", "end"),
    breaks: "answers are kept",
  },
  { name: "a lost place", plant: () => withoutPart("place"), breaks: "a continuation sees what was seen" },
  { name: "clock reads that are lost", plant: () => withoutPart("clock"), breaks: "chance and clocks are the run's" },
  { name: "chunks that come twice", plant: chunksTwice, breaks: "answers are kept" },
  { name: "a seed for each lease", plant: seedOfTheLease, breaks: "chance and clocks are the run's" },
  { name: "a lease that is trusted for too long", plant: leaseTrustedTooLong, breaks: "requests belong to a lease" },
  { name: "records that stay", plant: recordsStay, breaks: "records go with their run" },
  { name: "a resumed attempt that keeps nothing", plant: nothingKept, breaks: "answers are kept" },
];
