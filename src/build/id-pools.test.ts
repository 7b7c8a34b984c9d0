import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildProject, makeProject, taskFile } from "../../test/build/project.ts";
import type { StageCall } from "../../test/build/run-in-stage.ts";
import type { BuiltVersion } from "./index.ts";

const ROOT = join(import.meta.dirname, "../..");
const RUN_IN_STAGE = join(ROOT, "test/build/run-in-stage.ts");

/** A project with packages that are installed here, by the names under which they are, and a task that lists ids. */
function projectWith(packages: Readonly<Record<string, string>>, head: string, ids: string): string {
  const root = makeProject({ "tasks/ids.ts": taskFile("ids", `[${ids}]`, head) });
  for (const [name, installedAs] of Object.entries(packages))
    cpSync(join(ROOT, "node_modules", installedAs), join(root, "node_modules", name), { recursive: true });
  return root;
}

function run({ folder }: BuiltVersion): StageCall {
  const args = [RUN_IN_STAGE, join(folder, "index.mjs"), "ids"];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as StageCall;
}

const NANOIDS = "nanoid(), nanoid(5), customAlphabet('abc', 8)(), short(), short(3)";
const NANOID = 'import { customAlphabet, nanoid } from "nanoid";\nconst short = customAlphabet("abcdef", 10);';

describe("ids that a run makes are its own", () => {
  it.each<[string, Readonly<Record<string, string>>, string, string]>([
    ["nanoid 3", { nanoid: "nanoid-3" }, NANOID, NANOIDS],
    ["nanoid 3, required", { nanoid: "nanoid-3" }, 'const { nanoid } = require("nanoid");', "nanoid(), nanoid()"],
    ["nanoid 5", { nanoid: "nanoid" }, NANOID, NANOIDS],
    ["nanoid 6", { nanoid: "nanoid-6" }, NANOID, NANOIDS],
    ["nanoid by another name", { ids: "nanoid" }, 'import { nanoid } from "ids";', "nanoid(), nanoid()"],
    ["uuid 9", { uuid: "uuid-9" }, 'import { v4 } from "uuid";', "v4(), v4(undefined, new Array(16)), v4({})"],
    ["uuid 9, required", { uuid: "uuid-9" }, 'const { v4 } = require("uuid");', "v4({}), v4({})"],
    ["uuid 13", { uuid: "uuid" }, 'import { v4 } from "uuid";', "v4(), v4(undefined, new Array(16)), v4({})"],
    ["@lukeed/uuid", { "@lukeed/uuid": "@lukeed/uuid" }, 'import { v4 } from "@lukeed/uuid";', "v4(), v4()"],
    [
      "@lukeed/uuid/secure",
      { "@lukeed/uuid": "@lukeed/uuid", "@lukeed/csprng": "@lukeed/csprng" },
      'import { v4 } from "@lukeed/uuid/secure";',
      "v4(), v4()",
    ],
    ["uid", { uid: "uid" }, 'import { uid } from "uid";', "uid(), uid(16)"],
    [
      "uid/secure",
      { uid: "uid", "@lukeed/csprng": "@lukeed/csprng" },
      'import { uid } from "uid/secure";',
      "uid(), uid(16)",
    ],
  ])("by way of %s", async (_, packages, head, ids) => {
    const built = await buildProject(projectWith(packages, head, ids));
    expect(built.warnings).toEqual([]);
    const { outside, inside, other } = run(built);
    expect(inside[0]).toEqual(inside[1]);
    expect(inside[0]).not.toEqual(other);
    expect(outside[0]).not.toEqual(outside[1]);
    const texts = [outside, inside[0], other].flat(3).filter((id) => typeof id === "string" && id.length > 15);
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe("a package whose pool has another form", () => {
  it("is bundled as it is, with a warning", async () => {
    const root = makeProject({
      "tasks/ids.ts": taskFile("ids", "[nanoid()]", 'import { nanoid } from "nanoid";'),
      "node_modules/nanoid/package.json": '{ "name": "nanoid", "version": "77.0.0", "type": "module" }',
      "node_modules/nanoid/index.js":
        'const pool = ["first", "second"];\nexport const nanoid = () => pool.shift() ?? "last";',
    });
    const built = await buildProject(root);
    expect(built.warnings).toEqual([
      "tasks/ids.ts:2:24: nanoid 77.0.0 draws chance for its ids ahead, in a way that is not known here: a run that is continued in another process may make other ids. Make them in step.run, or with crypto.randomUUID().",
    ]);
    expect((await buildProject(root)).warnings).toEqual(built.warnings);
    expect(readFileSync(join(built.folder, "index.mjs"), "utf8")).toContain('pool = ["first", "second"];');
    expect(run(built).outside).toEqual([["first"], ["last"]]);
  });

  it("is no matter to one that has none, or to files of the project", async () => {
    const built = await buildProject(
      makeProject({
        "tasks/ids.ts": taskFile(
          "ids",
          "[nanoid(), pool]",
          'import { nanoid } from "nanoid";\nimport { pool } from "../lib/index.js";',
        ),
        "lib/index.js": "export const pool = 1;",
        "node_modules/nanoid/package.json": '{ "name": "nanoid", "type": "module" }',
        "node_modules/nanoid/index.js": 'export const nanoid = () => "plain";',
      }),
    );
    expect(built.warnings).toEqual([]);
    expect(run(built).outside[0]).toEqual(["plain", 1]);
  });
});
