/**
 * What the rules look at: the files of this repository, read once, and their text with comments and strings masked.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mask } from "../../scripts/docs/mask.ts";

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly code: string;
  readonly withStrings: string;
}

/** One broken rule, and what to do about it. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

export function sourceFile(path: string, text: string): SourceFile {
  const isCode = /\.tsx?$/.test(path);
  return { path, text, ...(isCode ? mask(text) : { code: text, withStrings: text }) };
}

/** Files of the repository that are ours: everything but what tools put there. */
export function readRepository(root: string): SourceFile[] {
  return listFiles(root, "").map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

const NOT_OURS = new Set([".git", "node_modules", "dist", "coverage", ".data"]);
/** Bundles that were frozen as they are on users' disks. */
const FROZEN = /^test\/bundles\/[^/]+\.mjs$/;
const TEXT = /\.(?:ts|tsx|js|mjs|css|html|json|md|sql|txt|yml|yaml)$/;

function listFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : listFiles(root, path);
    if (FROZEN.test(path)) return [];
    return TEXT.test(entry.name) || folder === ".ci" ? [path] : [];
  });
}

/** Tests and what only they use may do things that the product may not. */
export function isTest(path: string): boolean {
  return (
    /\.(?:test|test-d|conformance)\.tsx?$/.test(path) || /(?:^|\/)conformance\//.test(path) || path.startsWith("test/")
  );
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Every place where a pattern matches, with its line. The pattern must be global. */
export function matches(text: string, pattern: RegExp): { readonly line: number; readonly found: RegExpExecArray }[] {
  return [...text.matchAll(pattern)].map((found) => ({ line: lineAt(text, found.index), found }));
}

export function report(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, problem }) => `${path}:${line} ${problem}`);
}
