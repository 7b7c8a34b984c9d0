import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { pruneVersions } from "./prune-versions.ts";

it("keeps the newest versions, those that are needed, and what is no version", async () => {
  const folder = mkdtempSync(join(tmpdir(), "perdure-prune-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const names = Array.from({ length: 25 }, (_, age) => `v_${age}`);
  for (const [age, name] of [...names, ".building-x"].entries()) {
    mkdirSync(join(folder, name));
    utimesSync(join(folder, name), 1_000_000 - age, 1_000_000 - age);
  }
  await pruneVersions(folder, ["v_23", "v_0"]);
  expect(readdirSync(folder).sort()).toEqual([...names.slice(0, 20), "v_23", ".building-x"].sort());
});
