/**
 * The small house rules: nothing skipped, nothing left to do, names in kebab-case, named exports only, and every room opens
 * with a few lines that say what lives in it.
 */
import { isTest, matches, type SourceFile, type Violation } from "./source.ts";

export function checkFocus(file: SourceFile): Violation[] {
  if (!isTest(file.path) || !/\.tsx?$/.test(file.path)) return [];
  return matches(file.code, /\.\s*(only|skip|todo)\s*(?=[(.])/g).map(({ line, found }) => ({
    path: file.path,
    line,
    problem: `has .${found[1]}: every test runs, or it is deleted.`,
  }));
}

export function checkLeftovers(file: SourceFile): Violation[] {
  if (!file.path.startsWith("src/")) return [];
  return matches(file.text, /\b(?:FIXME|TODO|XXX)\b(?!_)/g).map(({ line, found }) => ({
    path: file.path,
    line,
    problem: `has ${found[0]}: do it now, or write it down where work is planned.`,
  }));
}

/** Configuration files whose tools ask for a default export. */
const DEFAULT_EXPORT_WANTED = /^[\w.-]+\.config\.ts$/;

export function checkDefaultExport(file: SourceFile): Violation[] {
  if (!/\.tsx?$/.test(file.path) || DEFAULT_EXPORT_WANTED.test(file.path)) return [];
  return matches(file.code, /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/g).map(({ line }) => ({
    path: file.path,
    line,
    problem: "has a default export; export it by name.",
  }));
}

const CODE_FOLDERS = /^(?:src|test|scripts|bench|demo|examples)\//;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|test-d|conformance|config))?\.(?:ts|tsx|json|css|html|md|txt)$/;
const MIGRATION = /^\d{4}_[a-z0-9]+(?:_[a-z0-9]+)*\.sql$/;
const CAPITALS = /^[A-Z]+(?:_[A-Z]+)*\.md$/;

export function checkFileName(file: SourceFile): Violation[] {
  if (!CODE_FOLDERS.test(file.path)) return [];
  const parts = file.path.split("/");
  const name = parts.at(-1) ?? "";
  const folders = parts.slice(0, -1);
  const isFine = KEBAB.test(name) || MIGRATION.test(name) || CAPITALS.test(name);
  if (isFine && folders.every((folder) => /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(folder))) return [];
  return [{ path: file.path, line: 1, problem: "is not named in kebab-case (migrations: 0001_what_it_does.sql)." }];
}

/** Where a room's header may stand, besides `index.ts` and `<room>.ts`. */
export const MAIN_FILES: Readonly<Record<string, readonly string[]>> = {
  core: ["run.ts", "run-state.ts"],
  protocol: ["calls.ts", "client-calls.ts"],
  cli: ["main.ts"],
};

const HEADER_LINES = { least: 5, most: 10 };

/** A room is any folder directly under `src`. */
export function checkRoomHeaders(files: readonly SourceFile[]): Violation[] {
  const rooms = new Set(files.flatMap(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []));
  return [...rooms].flatMap((room) => {
    const names = ["index.ts", `${room}.ts`, ...(MAIN_FILES[room] ?? [])].map((name) => `src/${room}/${name}`);
    const candidates = files.filter(({ path }) => names.includes(path));
    if (candidates.some(({ text }) => hasHeader(text))) return [];
    const path = candidates[0]?.path ?? `src/${room}`;
    const where = names.map((name) => name.slice(`src/${room}/`.length)).join(" or ");
    const problem = `has no header: open ${where} with a block comment of ${HEADER_LINES.least} to ${HEADER_LINES.most} lines that says what lives in ${room}, what may not, and where its data comes from and goes.`;
    return [{ path, line: 1, problem }];
  });
}

/** Lines of text are counted; the lines that only open and close the comment are not. */
function hasHeader(text: string): boolean {
  const comment = /^\/\*[\s\S]*?\*\//.exec(text)?.[0];
  if (comment === undefined) return false;
  const lines = comment.split("\n").filter((line) => line.replaceAll(/[\s/*]/g, "") !== "");
  return lines.length >= HEADER_LINES.least && lines.length <= HEADER_LINES.most;
}
