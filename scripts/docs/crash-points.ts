/** The table of `ARCHITECTURE.md` about what happens when something dies, from the one that the kill loop follows. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CRASH_POINTS } from "../../test/kill-loop/crash-points.ts";
import { table } from "./markdown.ts";

const BEGIN = "<!-- The table is written by npm run docs:gen, from test/kill-loop/crash-points.ts. -->";
const END = "<!-- Here the written table ends. -->";

/** The page as it is, with its table as it should be. */
export function architecturePage(root: string): string {
  const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const [before, rest] = cut(page, BEGIN);
  const [, after] = cut(rest, END);
  const rows = CRASH_POINTS.map(({ killed, finds, happens }) => [killed, finds, happens]);
  return `${before}${BEGIN}\n\n${table(["killed", "what the next process finds", "what happens"], rows).join("\n")}\n\n${END}${after}`;
}

function cut(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`ARCHITECTURE.md has no line ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
