/**
 * What a stranger reads: links lead somewhere, and nothing speaks of the workplace where it was written.
 */
import { posix } from "node:path";
import { lineAt, matches, type SourceFile, type Violation } from "./source.ts";

/** `exists` answers for paths from the root; `files` holds the texts whose headings a link may name. */
export function checkLinks(
  file: SourceFile,
  files: readonly SourceFile[],
  exists: (path: string) => boolean,
): Violation[] {
  if (!file.path.endsWith(".md")) return [];
  const prose = withoutCode(file.text);
  return listLinks(prose).flatMap(({ target, line }) => {
    const problem = judgeLink(target, file, files, exists);
    return problem === undefined ? [] : [{ path: file.path, line, problem }];
  });
}

function judgeLink(
  target: string,
  file: SourceFile,
  files: readonly SourceFile[],
  exists: (path: string) => boolean,
): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  if (target.startsWith("/")) return `links to ${target}; links inside the repository are relative.`;
  const [to = "", anchor] = target.split("#");
  const path = to === "" ? file.path : posix.join(posix.dirname(file.path), decodeURIComponent(to));
  if (path.startsWith("..") || !exists(path)) return `links to ${target}, which does not exist.`;
  const page = files.find((other) => other.path === path);
  if (anchor === undefined || page === undefined || !path.endsWith(".md")) return undefined;
  return listAnchors(page.text).includes(anchor) ? undefined : `links to ${target}, and that page has no such heading.`;
}

function listLinks(prose: string): { readonly target: string; readonly line: number }[] {
  const inline = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
  const reference = /^\[[^\]]+\]:\s*(\S+)/gm;
  return [...matches(prose, inline), ...matches(prose, reference)].map(({ line, found }) => ({
    target: found[1] ?? "",
    line,
  }));
}

function listAnchors(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[`*]|\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1/gm, (block) => block.replaceAll(/[^\n]/g, " "));
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/g, (code) => " ".repeat(code.length));
}

interface Word {
  readonly pattern: RegExp;
  readonly problem: string;
}

const WORKPLACE = `/${"work"}/`;

/** In every text of ours. */
const NOWHERE: readonly Word[] = [
  { pattern: new RegExp(`(?<![\\w.])${WORKPLACE}`, "g"), problem: "names a folder of somebody's machine." },
  { pattern: /(?<![\w.])\/(?:root|home|Users)\/\w+/g, problem: "names a folder of somebody's machine." },
  { pattern: /\bregistry\.[\w-]+\.[\w.-]+|\bnpmjs\.\w+|\byarnpkg\.\w+/g, problem: "names a package registry's host." },
];

/** In pages for the public. */
const NOT_IN_DOCS: readonly Word[] = [
  { pattern: /\bsessions?\b/gi, problem: 'says "session": say run, attempt, connection or login, whichever it is.' },
  {
    pattern:
      /\b(?:issues?|tickets?|PRs?|pull requests?)\s*(?:no\.?\s*)?#?\d+\b|(?<![\w&])#\d+\s+(?:issues?|tickets?|PRs?)\b/gi,
    problem: "names an issue by number: say what was the matter.",
  },
];

export function checkWords(file: SourceFile): Violation[] {
  if (file.path.startsWith("test/tidy")) return [];
  const words = /\.md$|^LICENSE/.test(file.path) ? [...NOWHERE, ...NOT_IN_DOCS] : NOWHERE;
  return words.flatMap(({ pattern, problem }) =>
    [...file.text.matchAll(pattern)].map((found) => ({
      path: file.path,
      line: lineAt(file.text, found.index),
      problem: `("${found[0]}") ${problem}`,
    })),
  );
}
