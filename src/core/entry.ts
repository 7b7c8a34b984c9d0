/**
 * The journal's vocabulary: what an entry is and by which key the code that asked for it finds it again.
 *
 * Entries are only ever appended. An entry's `seq` is the moment its result became visible to the code, so the order of a
 * journal is the order in which a continuation in another process must see the results again.
 */
const EXPLICIT_KINDS = ["intent", "step", "wait", "children", "trigger", "undo"] as const;

/**
 * Effects that code has without asking the SDK, kept no longer than their attempt. `sent`: a request that may change something is
 * about to leave. `request`: its whole response, or why there is none. `head`, `body`, `end`: a response that came in parts, the
 * last of them also where something cut it off. `timer`: one has fired.
 */
export const AUTOMATIC_KINDS = ["sent", "request", "head", "body", "end", "timer"] as const;

export const ENTRY_KINDS = [...EXPLICIT_KINDS, ...AUTOMATIC_KINDS] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];
export type AutomaticKind = (typeof AUTOMATIC_KINDS)[number];

export function isAutomatic(kind: EntryKind): kind is AutomaticKind {
  return (AUTOMATIC_KINDS as readonly EntryKind[]).includes(kind);
}

/** Facts about the run and no results: its code does not wait for them and sees nothing of them. */
const SILENT_KINDS = ["intent", "undo", "sent"] as const satisfies readonly EntryKind[];

export function isSilent(kind: EntryKind): boolean {
  return (SILENT_KINDS as readonly EntryKind[]).includes(kind);
}

export const ENTRY_OUTCOMES = ["completed", "failed"] as const;
export type EntryOutcome = (typeof ENTRY_OUTCOMES)[number];

export interface Entry {
  /** From 1, over all journals of the run, without gaps but for entries that were deleted since. */
  readonly seq: number;
  readonly journal: number;
  readonly kind: EntryKind;
  /** Identity and how many equal ones came before, such as `step:charge/42#1`. */
  readonly key: string;
  readonly outcome: EntryOutcome;
  /** Encoded value, or the JSON of a failure. Absent where the kind has none or `keptSeq` says where it is. */
  readonly result?: string;
  /** The entry of an earlier journal whose result this one repeats: a step kept by a new attempt. */
  readonly keptSeq?: number;
  /** Of `wait` and `children`: what completed. */
  readonly waitpointId?: string;
  /** What the code has read off the clock since the entry before, compressed. */
  readonly clock?: string;
  /**
   * Where an entry belongs that was first recorded during a replay: `<seq in 12 digits>.<6 digits>…`. As text it sorts after the
   * entry with that seq and before the next. Absent: its place is its `seq`.
   */
  readonly place?: string;
  readonly epoch: number;
  readonly createdAt: number;
}

/** An effect that began and has no answer: whether it happened, or how it went on, nobody knows. */
export interface UnansweredEffect {
  readonly kind: "sent" | "head";
  readonly key: string;
}

/** What a continuation by replay has to know of a journal before it reads the entries in their order. */
export interface Continuation {
  /** Entries that have a place of their own, by `seq`. */
  readonly placed: readonly Entry[];
  /** In the order in which they began. */
  readonly unanswered: readonly UnansweredEffect[];
}

/** What one journal of a run holds by now. */
export interface JournalSummary {
  readonly journal: number;
  readonly entries: number;
  /** The leases under which the first and the last of them were recorded. */
  readonly firstEpoch: number;
  readonly lastEpoch: number;
}

/** An entry as its worker hands it over: the rest is the lease's, or follows from its place. */
export type NewEntry = Pick<
  Entry,
  "kind" | "key" | "outcome" | "result" | "keptSeq" | "waitpointId" | "clock" | "place"
>;

/** What a run waits for. Complete when `remaining` is 0 (children) or `dueAt` has come (time), or when a person says so (hold). */
export interface Waitpoint {
  readonly id: string;
  readonly runId: string;
  readonly journal: number;
  /** Key of the entry that its completion becomes; unique within the journal, so a repeated request finds the first. */
  readonly entryKey: string;
  readonly kind: WaitpointKind;
  readonly status: "pending" | "completed";
  readonly dueAt?: number;
  readonly remaining: number;
  readonly createdAt: number;
  readonly completedAt?: number;
}

export const WAITPOINT_KINDS = ["time", "children", "hold"] as const;
export type WaitpointKind = (typeof WAITPOINT_KINDS)[number];

/** What a step is called in its journal; the key, where given, tells equal names apart across attempts. */
export function stepIdentity(name: string, key: string | undefined): string {
  return key === undefined ? `step:${escapeMarks(name)}` : `step:${escapeMarks(name)}/${escapeMarks(key)}`;
}

export function waitIdentity(kind: "for" | "until", argument: string): string {
  return `wait:${kind}/${escapeMarks(argument)}`;
}

/** @param fingerprint - The idempotency key, or a hash of the payload; of a batch, a hash of its items. */
export function childIdentity(verb: "trigger" | "children", task: string, fingerprint: string): string {
  return `${verb}:${escapeMarks(task)}/${escapeMarks(fingerprint)}`;
}

/** The key of the `count`-th effect (from 1) with this identity in one journal. */
export function entryKey(identity: string, count: number): string {
  return `${identity}#${count}`;
}

/** What the entry with this key was asked as. */
export function identityOf(key: string): string {
  return key.slice(0, key.lastIndexOf("#"));
}

/** The key of an effect that is begun again though its first answer had begun to come in; that one is dead from then on. */
export function repeatedKey(key: string, epoch: number): string {
  return `${key}r${epoch}`;
}

/** The key under which the code asks for it, be it begun again or not. */
export function askedKey(key: string): string {
  return key.replace(/(#\d+)r\d+$/, "$1");
}

/**
 * @param target - Method and host.
 * @param path - Keyed hash of what must be equal for a request to stand in for another: its path.
 * @param whole - Keyed hash of all that makes two requests the same.
 */
export function requestIdentity(target: string, path: string, whole: string): string {
  return `http:${escapeMarks(target)}.${path}/${whole}`;
}

export function timerIdentity(delayMs: number, isInterval: boolean): string {
  return isInterval ? `timer:every ${delayMs}` : `timer:${delayMs}`;
}

/** True when a new attempt can tell whose result it is: the step has a key, or its name occurred once. */
export function isKept(key: string, occurrences: number): boolean {
  return hasStepKey(key) || occurrences === 1;
}

export function hasStepKey(key: string): boolean {
  return key.startsWith("step:") && key.includes("/");
}

/** Names may hold any character; only the three that the key's own grammar uses are written otherwise. */
function escapeMarks(part: string): string {
  return part.replace(/[%/#]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
}
