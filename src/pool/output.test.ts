import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { LastLines, readLines } from "./output.ts";

it("reads lines, the unfinished last one too", async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  readLines(stream, (line) => lines.push(line));
  for (const chunk of ["a\nb", "c\n\nlast"]) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.on("close", resolve));
  expect(lines).toEqual(["a", "bc", "", "last"]);
});

it("cuts a line that does not end", async () => {
  const stream = new PassThrough();
  const lengths: number[] = [];
  readLines(stream, (line) => lengths.push(line.length));
  for (let i = 0; i < 10; i++) stream.write("x".repeat(16 * 1024));
  stream.end();
  await new Promise((resolve) => stream.on("close", resolve));
  expect(lengths).toEqual([64 * 1024, 64 * 1024, 32 * 1024]);
});

it("keeps the last lines only", () => {
  const last = new LastLines();
  expect(`${last}`).toBe("");
  for (let i = 1; i <= 30; i++) last.add(`line ${i}`);
  expect(`${last}`.trim().split("\n")).toHaveLength(12);
  expect(`${last}`).toContain("  line 30\n");
});
