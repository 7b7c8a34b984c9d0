import { isPerdureError } from "../../core/errors.ts";
import {
  changed,
  changedWhereFitting,
  type Json,
  type KeyedChange,
  keyByKey,
  type MetadataChange,
  noteChange,
  stillStanding,
} from "../../core/metadata-change.ts";
import { isFinal } from "../../core/run-state.ts";
import type { Seal } from "../seal.ts";
import { sql } from "../sql.ts";
import type { At, Refused, StoreWrites } from "../store.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import { type LockedRun, lockRun } from "./lock-runs.ts";
import { toBytes, toText } from "./values.ts";

/** What others changed in a run's metadata, and the last of their changes by name. */
interface Outside {
  readonly changes: readonly KeyedChange[];
  readonly ids: readonly string[];
}

/** More than a client that lost an answer sends meanwhile. */
const KNOWN_IDS = 50;
const NOTHING: Outside = { changes: [], ids: [] };

type Params = Parameters<StoreWrites["changeMetadata"]>[0];
type Answer = { metadata: string } | Refused<"not-found" | "too-large" | "not-a-number">;

export function* changeMetadata(params: Params, { seal }: VerbContext): Statements<Answer> {
  const run = yield* lockRun(params);
  if (run === undefined) return { refused: "not-found" };
  const { own, outside } = yield* readMetadata(params, run.id, seal);
  const before = changedWhereFitting(own, outside.changes);
  if (outside.ids.includes(params.changeId)) return { metadata: JSON.stringify(before) };
  const made = tryAll(before, params.changes);
  if (made === undefined) return { refused: "not-a-number" };
  const metadata = JSON.stringify(made.after);
  const changes = [...outside.changes];
  for (const change of made.changes) noteChange(changes, change);
  if (Math.max(metadata.length, JSON.stringify(changes).length) > params.maxSize) return { refused: "too-large" };
  const ids = [...outside.ids, params.changeId].slice(-KNOWN_IDS);
  if (hasCodeOfItsOwn(run)) yield* writeOutside(params, run.id, { changes, ids }, seal);
  else yield* writeWhole(params, run, metadata, ids, seal);
  return { metadata };
}

/** To be called before a journal is opened: what others changed becomes part of what it begins with. */
export function* takeIn(at: At, { id, hasOutside }: LockedRun, { seal }: VerbContext): Statements<void> {
  if (!hasOutside) return;
  const { own, outside } = yield* readMetadata(at, id, seal);
  const metadata = JSON.stringify(changedWhereFitting(own, outside.changes));
  yield sql`
    update runs set metadata = ${toBytes(metadata, seal)}, metadata_outside = ${sealed({ ...outside, changes: [] }, seal)}
    where environment_id = ${at.environmentId} and id = ${id}`;
}

/** To be called before the run's own copy becomes `metadata`: what others set before gives way where the code sets it now. */
export function* giveWay(at: At, { id, hasOutside }: LockedRun, metadata: string, seal: Seal): Statements<void> {
  if (!hasOutside) return;
  const { own, outside } = yield* readMetadata(at, id, seal);
  const changes = stillStanding(outside.changes, own, JSON.parse(metadata) as Json);
  if (changes.length < outside.changes.length) yield* writeOutside(at, id, { ...outside, changes }, seal);
}

/** The metadata of a row as others see it. */
export function visibleMetadata(metadata: string | undefined, row: Row, seal: Seal): string | undefined {
  const { changes } = openOutside(row, seal);
  if (changes.length === 0) return metadata;
  return JSON.stringify(changedWhereFitting(JSON.parse(metadata ?? "{}") as Json, changes));
}

/** A run that nobody has leased begins with what is written; one that is final writes nothing any more. */
function hasCodeOfItsOwn({ epoch, status }: LockedRun): boolean {
  return epoch > 0 && !isFinal(status);
}

function* readMetadata(
  { environmentId }: At,
  runId: string,
  seal: Seal,
): Statements<{ readonly own: Json; readonly outside: Outside }> {
  const [row = {}] = yield sql`
    select metadata, metadata_outside from runs where environment_id = ${environmentId} and id = ${runId}`;
  const text = row["metadata"] ? toText(row["metadata"] as Uint8Array, seal) : "{}";
  return { own: JSON.parse(text) as Json, outside: openOutside(row, seal) };
}

function openOutside(row: Row, seal: Seal): Outside {
  const bytes = row["metadata_outside"] ?? null;
  return bytes === null ? NOTHING : (JSON.parse(toText(bytes as Uint8Array, seal)) as Outside);
}

function* writeOutside(at: At, runId: string, outside: Outside, seal: Seal): Statements<void> {
  yield sql`
    update runs set metadata_outside = ${sealed(outside, seal)}
    where environment_id = ${at.environmentId} and id = ${runId}`;
}

function* writeWhole(
  at: At,
  { id, epoch }: LockedRun,
  metadata: string,
  ids: readonly string[],
  seal: Seal,
): Statements<void> {
  const bytes = toBytes(metadata, seal);
  yield sql`
    update runs set metadata = ${bytes}, metadata_outside = ${sealed({ changes: [], ids }, seal)}
      ${epoch === 0 ? sql`, metadata_base = ${bytes}` : sql``}
    where environment_id = ${at.environmentId} and id = ${id}`;
}

function sealed(outside: Outside, seal: Seal): Uint8Array | null {
  return toBytes(JSON.stringify(outside), seal);
}

interface Made {
  readonly after: Json;
  readonly changes: readonly KeyedChange[];
}

function tryAll(before: Json, changes: readonly MetadataChange[]): Made | undefined {
  let made: Made = { after: before, changes: [] };
  try {
    for (const change of changes) {
      const keyed = keyByKey(made.after, change);
      made = { after: keyed.reduce(changed, made.after), changes: [...made.changes, ...keyed] };
    }
    return made;
  } catch (error) {
    if (isPerdureError(error)) return undefined;
    throw error;
  }
}
