/**
 * The committed pages are what `npm run docs:gen` would write.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GENERATED_DOCS } from "../scripts/docs-gen.ts";

const ROOT = join(import.meta.dirname, "..");

describe("generated documentation", () => {
  const pages = Object.entries(GENERATED_DOCS).filter(([path]) => path.endsWith(".md"));

  it.each(pages)("%s is up to date (else run npm run docs:gen)", (path, generate) => {
    const committed = readFileSync(join(ROOT, path), "utf8");
    expect(committed.length).toBeGreaterThan(500);
    expect(committed).toBe(generate());
  });
});
