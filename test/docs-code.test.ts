/**
 * What the README and the guides show is true: their code is an excerpt of examples that run, and their tables agree with the
 * source.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../src/core/limits.ts";
import { RUN_NOTES } from "../src/core/run-state.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const README = read("README.md");
const GUIDES = readdirSync(join(ROOT, "docs/guides")).map((name) => `docs/guides/${name}`);
const EXAMPLE_PAGES = readdirSync(join(ROOT, "docs/examples")).map((name) => `docs/examples/${name}`);
const EXAMPLES = readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => read(`examples/${path}`));

describe("the README", () => {
  it("shows examples/hello.ts as it is", () => {
    expect(codeOf(README)).toContain(read("examples/hello.ts"));
  });

  it("has at most 150 lines", () => {
    expect(README.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });

  it("lists every option of createPerdure", () => {
    const declared = /interface PerdureOptions \{([\s\S]*?)\n\}/.exec(read("src/embedded/options.ts"))?.[1] ?? "";
    const options = [...declared.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name);
    const table = README.slice(README.indexOf("## Options of"), README.indexOf("## Read on"));
    expect(options.length).toBeGreaterThan(10);
    expect([...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)).toEqual(options);
  });

  it("counts the rows of the demo's data set", async () => {
    const { ROWS } = await import("../demo/data-set.ts");
    expect(README).toContain(`an import of ${ROWS.length.toLocaleString("en")} rows`);
  });
});

describe("the guides and the pages of examples", () => {
  const pages = ["README.md", "docs/how-it-works.md", ...GUIDES, ...EXAMPLE_PAGES];

  it.each(pages)("%s shows code of examples that run", (path) => {
    const blocks = codeOf(read(path));
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks.filter((block) => !EXAMPLES.some((example) => isExcerpt(block, example)))).toEqual([]);
  });

  it("gives the limits that are enforced", () => {
    const page = read("docs/guides/steps-waits-children.md");
    const limits = page.slice(page.indexOf("## Limits")).replaceAll(",", "");
    const { valueCharacters, metadataCharacters, tags, tagCharacters, nameCharacters } = LIMITS;
    const { batchItems, depth, attempts, journal } = LIMITS;
    const rows = [
      `step's result as JSON | ${valueCharacters} |`,
      `metadata as JSON | ${metadataCharacters} |`,
      `Tags of a run | ${tags} of at most ${tagCharacters} characters`,
      `its key | ${nameCharacters} |`,
      `a batch | ${batchItems} |`,
      `parent by parent | ${depth} |`,
      `of a run | ${attempts} |`,
      `| ${journal.maxEntries}; a note (\`journal.large\`) from ${journal.warnEntries} |`,
      `| ${journal.maxBytes}; a note from ${journal.warnBytes} |`,
    ];
    expect(rows.filter((row) => !limits.includes(row))).toEqual([]);
  });
});

describe("Recorded, repeated, refused", () => {
  it("gives the limits of a journal that are enforced", () => {
    const page = read("docs/guides/recorded-repeated-refused.md").replaceAll(",", "");
    const { maxEntries, warnEntries, maxBytes, warnBytes } = LIMITS.journal;
    const rows = [
      `journals | fail at ${maxEntries} (\`JOURNAL_TOO_LARGE\`) noted (\`journal.large\`) from ${warnEntries}.`,
      `Bytes of them | fail at ${maxBytes} noted from ${warnBytes}.`,
    ];
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  });

  it("says of every note in a run's story that is about effects what it means and what to do", () => {
    const page = read("docs/guides/recorded-repeated-refused.md");
    const told = Object.keys(RUN_NOTES).filter((kind) => /^(effect|replay)\./.test(kind));
    expect(told.length).toBeGreaterThan(5);
    expect(told.filter((kind) => !page.includes(`| \`${kind}\` |`))).toEqual([]);
  });
});

function codeOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
}

/** The same lines in the same order without a gap, however deep they stand. */
function isExcerpt(block: string, example: string): boolean {
  return `\n${flat(example)}\n`.includes(`\n${flat(block)}\n`);
}

function flat(code: string): string {
  return code
    .trim()
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}
