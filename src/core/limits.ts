/** Every limit on what users hand us, in one place. Each is checked before the input is parsed or stored. */
export const LIMITS = {
  /** Characters of a payload, an output or a step's result as JSON. */
  valueCharacters: 10 * 1024 * 1024,
  /** From this many characters on a value lives in the blob store instead of the row. */
  inlineCharacters: 128 * 1024,
  metadataCharacters: 256 * 1024,
  /** Objects and lists within one another. Deeper than people nest, and far from where walking through them needs more stack than there is. */
  jsonDepth: 500,
  /** Changes of one run's metadata in one call. */
  metadataChanges: 1_000,
  tags: 10,
  tagCharacters: 128,
  /** Of ids, names and keys that users choose. */
  nameCharacters: 128,
  idempotencyKeyCharacters: 2048,
  /** How long an idempotency key leads to its first run, where nobody says otherwise. */
  idempotencyKeyTtlMs: 30 * 24 * 60 * 60 * 1_000,
  batchItems: 1_000,
  /** Of the items of one batch together, those payloads left out that lie in the blob store. */
  batchCharacters: 20 * 1024 * 1024,
  /** How long an announced batch waits for its items. */
  batchOpenMs: 60 * 60 * 1_000,
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
    /** Of results in one page that a worker reads: one of 500 bodies of 1 MB would lie in memory, and in the pipe, as a whole. */
    pageCharacters: 4 * 1024 * 1024,
  },
  /** Keys of one environment that are valid at the same time. */
  apiKeys: 100,
  /** Of one public token. */
  scopes: 100,
  /** A word or two before the longest id. */
  scopeCharacters: 160,
  publicTokenMs: 30 * 24 * 60 * 60 * 1_000,
  alertNameCharacters: 64,
  /** Of a pattern for tasks, or a part of a command. */
  alertWordCharacters: 4_096,
  listRuns: 100,
  listQueues: 100,
  /** Of a queue, where it has one. */
  concurrency: 100_000,
  listEvents: 1_000,
  listEntries: 500,
  logs: {
    /** Of a line's message, and of its properties. */
    lineCharacters: 64 * 1024,
    propertiesDepth: 8,
    propertiesFields: 1_000,
    /** That one run may log for long; what it saves up while it logs less is the burst. */
    linesPerSecond: 1_000,
    burstLines: 10_000,
    charactersPerSecond: 1024 * 1024,
    burstCharacters: 8 * 1024 * 1024,
    /** Of one run that are kept: older ones make room. */
    linesPerRun: 100_000,
    listLines: 1_000,
  },
} as const;

/** A name or key that every database can keep: of 1 to `limit` characters, and without NUL, which Postgres refuses. */
export function isName(given: unknown, limit: number = LIMITS.nameCharacters): given is string {
  return typeof given === "string" && given !== "" && given.length <= limit && !given.includes("\0");
}

/** What a name or key must be, for the sentence that refuses one. */
export function nameRule(limit: number = LIMITS.nameCharacters): string {
  return `must be text of 1 to ${limit} characters without NUL`;
}
