/**
 * What may lie at the top of the repository, and how long a source file may be.
 */
import type { SourceFile, Violation } from "./source.ts";

export const TOP_LEVEL: readonly string[] = [
  ".ci",
  ".editorconfig",
  ".git",
  ".gitattributes",
  ".github",
  ".gitignore",
  ".npmrc",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "STYLE.md",
  "bench",
  "biome.json",
  "dashboard",
  "demo",
  "docs",
  "examples",
  "knip.json",
  "package-lock.json",
  "package.json",
  "scripts",
  "src",
  "test",
  "tsconfig.check.json",
  "tsconfig.json",
  "vitest.config.ts",
];

/** `names` are the entries of the root folder, `ignore` the text of its .gitignore. */
export function checkTopLevel(names: readonly string[], ignore: string): Violation[] {
  const ignored = ignore
    .split("\n")
    .map((line) => line.trim().replace(/^\//, "").replace(/\/$/, ""))
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => new RegExp(`^${line.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`));
  return names
    .filter((name) => !TOP_LEVEL.includes(name) && !ignored.some((pattern) => pattern.test(name)))
    .map((name) => ({
      path: name,
      line: 1,
      problem: "is not part of the tree; move it, or add it to TOP_LEVEL in test/tidy/tree.ts.",
    }));
}

export const LINE_LIMIT = 250;
export type LineRecord = Readonly<Record<string, number>>;

export const LINE_RECORD_PATH = "test/line-counts.json";

/** A ratchet: a file that passes the limit is recorded once, and passes its record only by a change of the record. */
export function checkLineCounts(files: readonly SourceFile[], record: LineRecord): Violation[] {
  const counts = new Map(files.filter(isCounted).map((file) => [file.path, countLines(file.text)]));
  const tooLong = [...counts].flatMap(([path, count]) => {
    const allowed = record[path] ?? LINE_LIMIT;
    if (count <= allowed) return [];
    const problem =
      path in record
        ? `has ${count} lines and its record is ${allowed}: take something out, or raise the record in ${LINE_RECORD_PATH} and say why in the change.`
        : `has ${count} lines and the limit is ${LINE_LIMIT}: split it, or record "${path}": ${count} in ${LINE_RECORD_PATH} and say why in the change.`;
    return [{ path, line: count, problem }];
  });
  const outdated = Object.keys(record)
    .filter((path) => (counts.get(path) ?? 0) <= LINE_LIMIT)
    .map((path) => ({ path, line: 1, problem: `needs no record any more: remove its line from ${LINE_RECORD_PATH}.` }));
  return [...tooLong, ...outdated];
}

function isCounted({ path }: SourceFile): boolean {
  return (
    /^(?:src|scripts|bench|demo|examples|dashboard)\//.test(path) &&
    /\.(?:tsx?|sql|css)$/.test(path) &&
    !/\.test\.tsx?$/.test(path)
  );
}

function countLines(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}
