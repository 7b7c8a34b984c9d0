import { isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";

/** Primary result codes of SQLite that are about the world, not about a statement. */
const CODES = {
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;
type Trouble = keyof typeof CODES;

const TROUBLES = new Map<number, Trouble>(Object.entries(CODES).map(([trouble, code]) => [code, trouble as Trouble]));

/** The trouble of the disk, the file or the machine that an error of either SQLite stands for; absent when it is a statement's own. */
export function sqliteTrouble(error: unknown): Trouble | undefined {
  const code = sqliteCode(error);
  return code === undefined ? undefined : TROUBLES.get(code & 0xff);
}

/** The extended result code, where it was SQLite that spoke. */
function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { errcode, errno, code } = error as { errcode?: unknown; errno?: unknown; code?: unknown };
  // Node has `errcode`; Bun has `errno`, a name that system errors use too, so its `code` must say who speaks.
  const extended = errcode ?? (typeof code === "string" && code.startsWith("SQLITE_") ? errno : undefined);
  return typeof extended === "number" ? extended : undefined;
}

/** A write that failed for a reason outside its statement. Whether it was stored is unknown unless the sentence says so. */
export function writeError(error: unknown, path: string): PerdureError {
  if (isPerdureError(error)) return error;
  const trouble = sqliteTrouble(error);
  if (trouble === "full") return perdureError("DISK_FULL", { path }, { cause: error });
  if (trouble === "corrupt" || trouble === "notADatabase")
    return perdureError("DATABASE_CORRUPT", { path, problem: problemOf(error) }, { cause: error });
  return perdureError("STORE_UNAVAILABLE", { problem: problemOf(error) }, { cause: error });
}

/** A read that failed: trouble of the file by its name, the rest as a defect of ours. */
export function readError(error: unknown, path: string): PerdureError {
  if (isPerdureError(error)) return error;
  return sqliteTrouble(error) === undefined
    ? perdureError("INTERNAL", { problem: problemOf(error) }, { cause: error })
    : writeError(error, path);
}

/** A database that could not be opened. */
export function openError(error: unknown, path: string): PerdureError {
  if (isPerdureError(error)) return error;
  const trouble = sqliteTrouble(error);
  if (trouble === "corrupt" || trouble === "notADatabase" || trouble === "full") return writeError(error, path);
  if (trouble === "busy" || trouble === "locked")
    return perdureError("DATABASE_LOCKED", { path, holder: "" }, { cause: error });
  const isOurs = trouble === undefined && sqliteCode(error) !== undefined;
  const problem = problemOf(error);
  if (isOurs) return perdureError("INTERNAL", { problem }, { cause: error });
  return perdureError("DATABASE_UNREADABLE", { path, problem }, { cause: error });
}

export function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
