/** Every limit on what users hand us, in one place. Each is checked before the input is parsed or stored. */
export const LIMITS = {
  /** Characters of a payload, an output or a step's result as JSON. */
  valueCharacters: 10 * 1024 * 1024,
  /** From this many characters on a value lives in the blob store instead of the row. */
  inlineCharacters: 128 * 1024,
  metadataCharacters: 256 * 1024,
  tags: 10,
  tagCharacters: 128,
  /** Of ids, names and keys that users choose. */
  nameCharacters: 128,
  idempotencyKeyCharacters: 2048,
  /** How long an idempotency key leads to its first run, where nobody says otherwise. */
  idempotencyKeyTtlMs: 30 * 24 * 60 * 60 * 1_000,
  batchItems: 1_000,
  /** Of one run's failure: name, message and stack together. */
  failureCharacters: 32 * 1024,
  attempts: 250,
  /** Runs above one another, parent by parent. */
  depth: 100,
  journal: {
    warnEntries: 5_000,
    warnBytes: 16 * 1024 * 1024,
    maxEntries: 50_000,
    maxBytes: 256 * 1024 * 1024,
    pageEntries: 500,
  },
  listRuns: 100,
  listQueues: 100,
  /** Of a queue, where it has one. */
  concurrency: 100_000,
  listEvents: 1_000,
} as const;

/** A name or key that every database can keep: of 1 to `limit` characters, and without NUL, which Postgres refuses. */
export function isName(given: unknown, limit: number = LIMITS.nameCharacters): given is string {
  return typeof given === "string" && given !== "" && given.length <= limit && !given.includes("\0");
}

/** What a name or key must be, for the sentence that refuses one. */
export function nameRule(limit: number = LIMITS.nameCharacters): string {
  return `must be text of 1 to ${limit} characters without NUL`;
}
