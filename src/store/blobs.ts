/**
 * Long values live outside their rows: the row has a reference, `blob:<id>:<characters>`, and a shelf has the sealed bytes.
 * An encoded value always begins with `{`, so that the two cannot be confused. The verbs see references only and count them
 * in the table `blobs`; what no row names any more they report, and it is deleted here.
 *
 * The bytes are durable before the verb that names them is sent. A crash in between leaves bytes without a name, which are
 * swept later, and never a name without bytes.
 */
import { defined } from "../core/defined.ts";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";
import { createSweeper } from "./blob-sweeper.ts";
import { gatherBytes } from "./blob-writer.ts";
import type { Seal } from "./seal.ts";
import { REFERENCE_PREFIX } from "./store.ts";

const PREFIX = REFERENCE_PREFIX;

export interface Blob {
  readonly environmentId: string;
  readonly id: string;
  /** Of the value in clear text. */
  readonly characters: number;
  readonly sealed: Uint8Array;
}

export interface BlobName {
  readonly environmentId: string;
  readonly blobId: string;
}

/** Where the sealed bytes lie. */
export interface Shelf {
  put(blob: Blob): Promise<void>;
  find(environmentId: string, blobId: string): Promise<Uint8Array | undefined>;
  write(name: BlobName): Promise<ShelfWriter>;
  /** Its size, in characters or what is no less; `undefined` when it is not there. The sweep leaves it alone for another hour. */
  keep(name: BlobName): Promise<number | undefined>;
  /** Those that are gone already are passed over. */
  delete(blobIds: readonly string[]): Promise<void>;
  /** Deletes what no row names and is too old to belong to a verb on its way. Stops early when `signal` aborts. */
  sweep(signal: AbortSignal): Promise<void>;
}

/** A value on its way to the shelf, in parts. */
export interface ShelfWriter {
  /** What follows the head. */
  write(bytes: Uint8Array): Promise<void>;
  /** All of it is durable, and can be found, from here on. */
  end(head: Uint8Array, characters: number): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

export interface Blobs {
  /** The parameters with references for long values; the same object when it has none. */
  spill(params: unknown): unknown;
  /** The result with values for references; the same object, filled in. */
  fetch(verb: string, params: unknown, result: unknown): unknown;
  close(): Promise<void>;
}

export interface BlobsOptions {
  readonly shelf: Shelf;
  readonly seal: Seal;
  readonly env: Env;
  /** The database, for errors. */
  readonly path: string;
  readonly onProblem?: ((error: Error) => void) | undefined;
}

const VALUE_FIELDS = ["payload", "output", "result"] as const;

/** Verbs whose caller works with the values. From pages of runs long values are left out: a hundred of them may be a gigabyte. */
const FETCHING: ReadonlySet<string> = new Set([
  "leaseRuns",
  "requestCancel",
  "findRun",
  "listEntries",
  "listPlacedEntries",
  "findEntry",
  "listOwedUndos",
  "listChildren",
]);

/** Here a run whose bytes are missing keeps its reference as payload, so that it fails alone and not whoever is leased with it. */
const LEASING = "leaseRuns";

/** The verb that the pruner calls again and again for as long as the store is open. */
const DELETING = "deleteRuns";

type Holder = Record<string, unknown>;
type Place = { readonly holder: Holder; readonly field: string; readonly text: string };

export function createBlobs({ shelf, seal, env, path, onProblem }: BlobsOptions): Blobs {
  const sweeper = createSweeper(env, shelf.sweep, onProblem);
  sweeper.sweepWhenDue();
  return { spill, fetch, close: sweeper.close };

  function spill(params: unknown): unknown {
    return longValues(params).length === 0 ? params : spillInto(withOwnHolders(params as Holding));
  }

  async function spillInto(params: Holder): Promise<unknown> {
    const put = async ({ holder, field, text }: Place) => {
      const id = createId("blob", env);
      await shelf.put({
        environmentId: String(params["environmentId"]),
        id,
        characters: text.length,
        sealed: seal.close(text),
      });
      holder[field] = `${PREFIX}${id}:${text.length}`;
    };
    await Promise.all(longValues(params).map(put));
    return params;
  }

  function fetch(verb: string, params: unknown, result: unknown): unknown {
    if (verb === DELETING) sweeper.sweepWhenDue();
    const unreferenced = (result as { unreferencedBlobs?: readonly string[] } | undefined)?.unreferencedBlobs;
    if (unreferenced !== undefined && unreferenced.length > 0) return shelf.delete(unreferenced).then(() => result);
    const places = references(result);
    if (places.length === 0) return result;
    if (FETCHING.has(verb))
      return fetchInto(places, String((params as Holder)["environmentId"]), verb === LEASING).then(() => result);
    for (const { holder, field } of places) delete holder[field];
    return result;
  }

  async function fetchInto(places: readonly Place[], environmentId: string, isMissingKept: boolean): Promise<void> {
    const take = async ({ holder, field, text }: Place) => {
      const blobId = text.slice(PREFIX.length, text.lastIndexOf(":"));
      const sealed = await shelf.find(environmentId, blobId);
      if (sealed !== undefined) holder[field] = seal.open(sealed);
      else if (!isMissingKept) throw perdureError("BLOB_MISSING", { blobId, path });
    };
    await Promise.all(places.map(take));
  }
}

/** Where in the parameters of a write a value may be: the runs to create, the entries to append, the output. */
function longValues(params: unknown): readonly Place[] {
  const { runs = [], append, parent } = params as Holding;
  const holders = [...runs, ...(append?.entries ?? []), ...(parent?.append?.entries ?? []), params as Holder];
  return placesIn(holders, (text) => text.length > LIMITS.inlineCharacters);
}

interface Appending {
  readonly entries: readonly Holder[];
}

interface Holding {
  readonly runs?: readonly Holder[];
  readonly append?: Appending;
  readonly parent?: { readonly append?: Appending };
}

/** The same with copies of what holds values, and not of the values: to clone a body of 1 MB takes as long as to write it down. */
function withOwnHolders({ runs, append, parent, ...rest }: Holding): Holder {
  return {
    ...rest,
    ...defined({
      runs: runs?.map((run) => ({ ...run })),
      append: append && withOwnEntries(append),
      parent: parent && { ...parent, ...defined({ append: parent.append && withOwnEntries(parent.append) }) },
    }),
  };
}

function withOwnEntries(append: Appending): Appending {
  return { ...append, entries: append.entries.map((entry) => ({ ...entry })) };
}

/** Verbs answer with a row, a list of rows, or an object that has one as `run`. */
function references(result: unknown): readonly Place[] {
  if (typeof result !== "object" || result === null) return [];
  const rows = Array.isArray(result)
    ? (result as readonly Holder[])
    : [result as Holder, ...("run" in result ? [result.run as Holder] : [])];
  return placesIn(rows, (text) => text.startsWith(PREFIX));
}

function placesIn(holders: readonly Holder[], isWanted: (text: string) => boolean): readonly Place[] {
  const places: Place[] = [];
  for (const holder of holders) {
    for (const field of VALUE_FIELDS) {
      const text = holder[field];
      if (typeof text === "string" && isWanted(text)) places.push({ holder, field, text });
    }
  }
  return places;
}

/** For databases in memory. */
export function createMemoryShelf(): Shelf {
  const held = new Map<string, Uint8Array>();
  return {
    async put({ id, sealed }) {
      held.set(id, sealed);
    },
    find: async (_, blobId) => held.get(blobId),
    write: async ({ blobId }) => gatherBytes(async (sealed) => void held.set(blobId, sealed)),
    keep: async ({ blobId }) => held.get(blobId)?.length,
    async delete(blobIds) {
      for (const blobId of blobIds) held.delete(blobId);
    },
    // What a crash would have left behind went with the process.
    sweep: async () => undefined,
  };
}
