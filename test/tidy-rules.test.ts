/**
 * Each house rule, shown what it must refuse and what it must let through.
 */
import { describe, expect, it } from "vitest";
import { mask } from "../scripts/docs/mask.ts";
import { checkClock } from "./tidy/clock.ts";
import { checkLinks, checkWords } from "./tidy/docs.ts";
import { checkDefaultExport, checkFileName, checkFocus, checkLeftovers, checkRoomHeaders } from "./tidy/house.ts";
import { checkImports, listImports } from "./tidy/imports.ts";
import { sourceFile } from "./tidy/source.ts";
import { checkLineCounts, checkTopLevel } from "./tidy/tree.ts";

describe("mask", () => {
  it.each([
    ["a // b", "a     "],
    ["a /* b\nc */ d", "a     \n     d"],
    [`f("x // y")`, `f("      ")`],
    ["`a ${f(`b`)} c`", "`  ${f(` `)}  `"],
    ["`${{ a: 1 }.a} b`", "`${{ a: 1 }.a}  `"],
    ['x = /a"b/g;', "x = /   /g;"],
    ["x = a / b; // c", "x = a / b;     "],
    ["return /[/]'/.test(y)", "return /    /.test(y)"],
    ["'it\\'s' + z", "'     ' + z"],
  ])("keeps the code of %j", (text, code) => {
    expect(mask(text).code).toBe(code);
  });

  it("keeps strings where only comments are in the way", () => {
    expect(mask(`f("x // y") // z`).withStrings).toBe(`f("x // y")     `);
  });
});

describe("imports", () => {
  it("finds every form of import, and none in comments and strings", () => {
    const text = [
      `import { a } from "./a.ts";`,
      `import type { B,\n  C } from './b.ts';`,
      `export * from "./c.ts";`,
      `import "./d.ts";`,
      `const e = await import("./e.ts");`,
      `type F = import("./f.ts").F;`,
      `new Worker(new URL("./g.ts", import.meta.url));`,
      `// import "./no.ts";`,
      `const text = 'import "./no.ts"';`,
      `export const from = "./no.ts";`,
    ].join("\n");
    expect(listImports(sourceFile("src/core/x.ts", text)).map(({ specifier }) => specifier)).toEqual([
      "./a.ts",
      "./b.ts",
      "./c.ts",
      "./d.ts",
      "./e.ts",
      "./f.ts",
      "./g.ts",
    ]);
  });

  it.each([
    ["src/core/x.ts", "node:fs"],
    ["src/core/x.ts", "fs"],
    ["src/core/x.ts", "zod"],
    ["src/core/x.ts", "../store/store.ts"],
    ["src/protocol/x.ts", "../engine/engine.ts"],
    ["src/protocol/x.ts", "node:http"],
    ["src/sdk/x.ts", "node:async_hooks"],
    ["src/sdk/x.ts", "../server/index.ts"],
    ["src/worker/x.ts", "../store/index.ts"],
    ["src/engine/loops/x.ts", "../../store/sqlite-driver.ts"],
    ["src/engine/x.ts", "../store/sql.ts"],
    ["src/engine/x.ts", "../protocol/calls.ts"],
    ["src/store/x.ts", "../engine/feed.ts"],
    ["src/server/x.ts", "../worker/index.ts"],
    ["src/embedded/x.ts", "../server/app.ts"],
    ["src/embedded/x.ts", "../../test/help.ts"],
    ["src/testing/x.ts", "../engine/engine.ts"],
    ["src/testing/sim/x.ts", "../../worker/journal.ts"],
    ["src/cellar/x.ts", "./y.ts"],
    ["src/index.ts", "./core/run.ts"],
  ])("refuses %s the import of %s", (path, specifier) => {
    expect(checkImports(sourceFile(path, `import "${specifier}";`))).toHaveLength(1);
  });

  it.each([
    ["src/core/x.ts", "./run.ts"],
    ["src/core/x.ts", "superjson"],
    ["src/sdk/x.ts", "../protocol/client-calls.ts"],
    ["src/sdk/x.ts", "@standard-schema/spec"],
    ["src/worker/x.ts", "node:async_hooks"],
    ["src/store/x.ts", "pg"],
    ["src/engine/loops/x.ts", "../../store/store.ts"],
    ["src/embedded/x.ts", "../core/env.ts"],
    ["src/embedded/x.ts", "../server/index.ts"],
    ["src/testing/sim/x.ts", "../../core/env.ts"],
    ["src/testing/sim/x.ts", "../virtual-env.ts"],
    ["src/engine/x.test.ts", "../store/sqlite-driver.ts"],
    ["test/e2e/x.ts", "../../src/store/sqlite-driver.ts"],
  ])("allows %s the import of %s", (path, specifier) => {
    expect(checkImports(sourceFile(path, `import "${specifier}";`))).toEqual([]);
  });
});

describe("clock", () => {
  it.each([
    "const now = Date.now();",
    "const clock = Date.now;",
    "const now = new Date();",
    "const now = new Date;",
    "const now = Date();",
    "Math.random()",
    "performance.now()",
    "process.hrtime.bigint()",
    "setTimeout(f, 1)",
    "globalThis.setTimeout(f, 1)",
    "setInterval(f, 1)",
    "setImmediate(f)",
    "AbortSignal.timeout(5)",
    "crypto.randomUUID()",
    "randomBytes(16)",
    "crypto.randomBytes(16)",
    "crypto.getRandomValues(bytes)",
    `import { setTimeout } from "node:timers/promises";`,
    "const text = `${Date.now()}`;",
  ])("refuses %s", (code) => {
    expect(checkClock(sourceFile("src/engine/x.ts", code))).toHaveLength(1);
  });

  it.each([
    "env.now()",
    "new Date(env.now())",
    "env.randomBytes(16)",
    "this.#env.randomBytes(16)",
    "randomBytes(length: number): Uint8Array;",
    "// Date.now() is forbidden",
    `throw new Error("do not call Date.now()");`,
    "invalidDate(x)",
    "let date: Date;",
  ])("allows %s", (code) => {
    expect(checkClock(sourceFile("src/engine/x.ts", code))).toEqual([]);
  });

  it("looks at the rooms that the simulator runs, except their tests and the files it is told to pass over", () => {
    const clock = "Date.now()";
    expect(checkClock(sourceFile("src/system/env.ts", clock))).toEqual([]);
    expect(checkClock(sourceFile("src/engine/x.test.ts", clock))).toEqual([]);
    expect(checkClock(sourceFile("src/store/timer.ts", clock), { "src/store/timer.ts": "why" })).toEqual([]);
    for (const room of ["core", "engine", "store", "pool", "worker", "sdk", "protocol"]) {
      expect(checkClock(sourceFile(`src/${room}/x.ts`, clock))).toHaveLength(1);
    }
  });
});

describe("house", () => {
  it.each(["it.only(", "describe.skip(", "it.only.each(", "test.todo("])("refuses %s in a test", (code) => {
    expect(checkFocus(sourceFile("src/core/x.test.ts", `${code}"x", f);`))).toHaveLength(1);
  });

  it("lets the product skip", () => {
    expect(checkFocus(sourceFile("src/core/x.ts", "rows.skip(3)"))).toEqual([]);
    expect(checkFocus(sourceFile("src/core/x.test.ts", `it("does not .only(", f);`))).toEqual([]);
  });

  it.each(["// TODO later", "/* FIXME */", "const a = 1; // XXX"])("refuses %s in src", (code) => {
    expect(checkLeftovers(sourceFile("src/core/x.ts", code))).toHaveLength(1);
    expect(checkLeftovers(sourceFile("docs/x.md", code))).toEqual([]);
  });

  it.each(["export default 1;", "export  default class {}", "export { a as default };"])("refuses %s", (code) => {
    expect(checkDefaultExport(sourceFile("src/core/x.ts", code))).toHaveLength(1);
    expect(checkDefaultExport(sourceFile("vitest.config.ts", code))).toEqual([]);
  });

  it.each([
    "src/core/runState.ts",
    "src/core/run_state.ts",
    "src/Core/run.ts",
    "src/core/-run.ts",
    "src/store/migrations/runs.sql",
  ])("refuses the name %s", (path) => {
    expect(checkFileName(sourceFile(path, ""))).toHaveLength(1);
  });

  it.each([
    "src/core/run-state.ts",
    "src/core/ids.test.ts",
    "src/store/migrations/0001_runs.sql",
    "bench/RESULTS.md",
    "README.md",
  ])("allows the name %s", (path) => {
    expect(checkFileName(sourceFile(path, ""))).toEqual([]);
  });

  it("wants a header of five to ten lines in every room", () => {
    const header = (lines: number) => `/**\n${" * text\n".repeat(lines)} */\nexport const a = 1;`;
    const roomOf = (path: string, text: string) => checkRoomHeaders([sourceFile(path, text)]);
    expect(roomOf("src/sdk/index.ts", header(4))).toHaveLength(1);
    expect(roomOf("src/sdk/index.ts", header(5))).toEqual([]);
    expect(roomOf("src/sdk/index.ts", header(10))).toEqual([]);
    expect(roomOf("src/sdk/index.ts", header(11))).toHaveLength(1);
    expect(roomOf("src/sdk/index.ts", `export const a = 1;\n${header(5)}`)).toHaveLength(1);
    expect(roomOf("src/sdk/task.ts", header(5))).toHaveLength(1);
    expect(roomOf("src/store/store.ts", header(5))).toEqual([]);
    expect(roomOf("src/core/run-state.ts", header(5))).toEqual([]);
  });
});

describe("tree", () => {
  it("refuses a stranger at the top level, but not what git ignores", () => {
    const ignore = "node_modules/\n*.log\n# comment\n/.data/\n";
    expect(checkTopLevel(["src", "package.json", "node_modules", "npm.log", ".data"], ignore)).toEqual([]);
    expect(checkTopLevel(["notes.txt", "log"], ignore).map(({ path }) => path)).toEqual(["notes.txt", "log"]);
  });

  it("refuses a long file, a longer one than recorded, and a record without a reason", () => {
    const file = (path: string, lines: number) => sourceFile(path, "x\n".repeat(lines));
    expect(checkLineCounts([file("src/core/a.ts", 250)], {})).toEqual([]);
    expect(checkLineCounts([file("src/core/a.ts", 251)], {})[0]?.problem).toMatch(
      /split it, or record "src\/core\/a.ts": 251/,
    );
    expect(checkLineCounts([file("src/core/a.ts", 300)], { "src/core/a.ts": 300 })).toEqual([]);
    expect(checkLineCounts([file("src/core/a.ts", 301)], { "src/core/a.ts": 300 })[0]?.problem).toMatch(
      /take something out/,
    );
    expect(checkLineCounts([file("src/core/a.ts", 200)], { "src/core/a.ts": 300 })[0]?.problem).toMatch(
      /remove its line/,
    );
    expect(checkLineCounts([], { "src/core/gone.ts": 300 })).toHaveLength(1);
    expect(checkLineCounts([file("src/core/a.test.ts", 900)], {})).toEqual([]);
  });
});

describe("docs", () => {
  const page = sourceFile("docs/page.md", "# The `page`, in short\n\n```sh\n# no heading\n```\n");
  const check = (text: string) => checkLinks(sourceFile("docs/x.md", text), [page], (path) => path === "docs/page.md");

  it.each([
    "[a](gone.md)",
    "[a](../docs/gone.md)",
    "[a](/docs/page.md)",
    "[a](page.md#no-heading)",
    "[a](../../out.md)",
    "[a]: gone.md",
  ])("refuses the link %s", (text) => {
    expect(check(text)).toHaveLength(1);
  });

  it.each([
    "[a](page.md)",
    "[a](./page.md#the-page-in-short)",
    '[a](page.md "Title")',
    "[a](https://example.com/x)",
    "`[a](gone.md)`",
    "```\n[a](gone.md)\n```",
    "[a]: page.md",
  ])("follows %j", (text) => {
    expect(check(text)).toEqual([]);
  });

  it.each(["the last session", "Sessions", "see issue #12", "#12 issue", "PR 7", "pull request #3"])(
    "refuses %j in a page",
    (text) => {
      expect(checkWords(sourceFile("docs/x.md", text))).toHaveLength(1);
      expect(checkWords(sourceFile("src/core/x.ts", `// ${text}`))).toEqual([]);
    },
  );

  it.each(["/work/main", "in /home/ann/x", "https://registry.example.org/zod", "www.npmjs.com"])(
    "refuses %j anywhere",
    (text) => {
      expect(checkWords(sourceFile("docs/x.md", text))).toHaveLength(1);
      expect(checkWords(sourceFile("src/core/x.ts", text))).toHaveLength(1);
    },
  );

  it.each(["framework/main", "obsession", "event #1", "an issue with 3 causes", "[a](#1-first)"])(
    "allows %j",
    (text) => {
      expect(checkWords(sourceFile("docs/x.md", text))).toEqual([]);
    },
  );
});
