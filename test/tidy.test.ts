/**
 * The house rules, applied to this repository. The rules themselves are pure functions in `test/tidy`, and
 * `test/tidy-rules.test.ts` shows each of them a planted violation.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLOCK_FILES, checkClock } from "./tidy/clock.ts";
import { checkLinks, checkWords } from "./tidy/docs.ts";
import { checkDefaultExport, checkFileName, checkFocus, checkLeftovers, checkRoomHeaders } from "./tidy/house.ts";
import { checkImports, listImports, ROOMS_THAT_EXIST } from "./tidy/imports.ts";
import { readRepository, report, type SourceFile, type Violation } from "./tidy/source.ts";
import { checkLineCounts, checkTopLevel, LINE_RECORD_PATH, type LineRecord } from "./tidy/tree.ts";

const ROOT = join(import.meta.dirname, "..");
const files = readRepository(ROOT);
const lockFile = readFileSync(join(ROOT, "package-lock.json"), "utf8");
const record = JSON.parse(readFileSync(join(ROOT, LINE_RECORD_PATH), "utf8")) as LineRecord;

const PER_FILE: readonly { readonly rule: string; readonly check: (file: SourceFile) => Violation[] }[] = [
  { rule: "a room imports only what the import table allows", check: (file) => checkImports(file) },
  { rule: "time and chance come in through Env", check: (file) => checkClock(file) },
  { rule: "no test is skipped or runs alone", check: checkFocus },
  { rule: "nothing is left to do in src", check: checkLeftovers },
  { rule: "there are no default exports", check: checkDefaultExport },
  { rule: "files are named in kebab-case", check: checkFileName },
  {
    rule: "links in the documentation lead somewhere",
    check: (file) => checkLinks(file, files, (path) => existsSync(join(ROOT, path))),
  },
  { rule: "no text speaks of the workplace", check: checkWords },
];

describe("the house rules", () => {
  it.each(PER_FILE)("$rule", ({ check }) => {
    expect(report(files.flatMap(check))).toEqual([]);
  });

  it("every room opens with a header", () => {
    expect(report(checkRoomHeaders(files))).toEqual([]);
  });

  it("the top level holds only what is known", () => {
    expect(report(checkTopLevel(readdirSync(ROOT), readFileSync(join(ROOT, ".gitignore"), "utf8")))).toEqual([]);
  });

  it("source files stay short, or are recorded", () => {
    expect(report(checkLineCounts(files, record))).toEqual([]);
  });

  it("the lock file names no host", () => {
    expect(lockFile).toContain('"integrity"');
    expect(lockFile).not.toContain('"resolved"');
  });

  it("the lock file is complete for every platform, which npm ci asks for and a partial registry leaves out", () => {
    const { packages } = JSON.parse(lockFile) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it("files that may read the clock exist", () => {
    expect(Object.keys(CLOCK_FILES).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe("the reader of these rules sees", () => {
  it.each(ROOMS_THAT_EXIST)("files of the room %s", (room) => {
    expect(files.some(({ path }) => path.startsWith(`src/${room}/`) && path.endsWith(".ts"))).toBe(true);
  });

  it("imports between rooms, tests and pages", () => {
    expect(files.flatMap((file) => listImports(file)).some(({ specifier }) => specifier.startsWith("../core/"))).toBe(
      true,
    );
    expect(files.some(({ path }) => path.endsWith(".test.ts"))).toBe(true);
    expect(files.some(({ path }) => path === "docs/vocabulary.md")).toBe(true);
  });
});
