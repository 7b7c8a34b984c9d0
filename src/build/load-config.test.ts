import { readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeProject } from "../../test/build/project.ts";
import { errorOf } from "../../test/store/open-toy.ts";
import type { PerdureConfig } from "../core/project-config.ts";
import { loadConfig } from "./index.ts";

const load = (text: string, name = "perdure.config.ts"): Promise<PerdureConfig> =>
  loadConfig(makeProject({ [name]: text }));

describe("perdure.config.ts", () => {
  it("is optional", async () => {
    expect(await loadConfig(makeProject({}))).toEqual({});
  });

  it("is TypeScript that may import its helper and its neighbours, and knows where it lies", async () => {
    const root = makeProject({
      "perdure.config.ts": `
        import { basename } from "node:path";
        import { defineConfig } from "perdure";
        import { dirs } from "./where.ts";
        export default defineConfig({ dirs: dirs satisfies string[], external: [basename(import.meta.dirname)] });`,
      "where.ts": 'export const dirs: string[] = ["jobs"];',
    });
    expect(await loadConfig(root)).toEqual({ dirs: ["jobs"], external: ["project"] });
    expect([...readdirSync(root), ...readdirSync(join(root, "node_modules"))].sort()).toEqual(
      ["node_modules", "package.json", "perdure", "perdure.config.ts", "where.ts"].sort(),
    );
  });

  const naming = (file: string) => `
    import { readdirSync } from "node:fs";
    import { defineConfig } from "perdure";
    export default defineConfig({ dirs: readdirSync(import.meta.dirname + "/${file}") });`;

  it("is made readable in .perdure, the one folder that a server in production may write to", async () => {
    const root = makeProject({ "perdure.config.ts": naming(".perdure"), ".perdure/kept": "" });
    expect(await loadConfig(root)).toEqual({ dirs: [expect.stringMatching(/^\.perdure-config-/), "kept"] });
    expect(readdirSync(join(root, ".perdure"))).toEqual(["kept"]);
  });

  it("finds its packages where .perdure is a link to a folder elsewhere", async () => {
    const root = makeProject({ "perdure.config.ts": naming(".perdure") });
    const elsewhere = makeProject({});
    rmSync(join(elsewhere, "node_modules"), { recursive: true });
    symlinkSync(elsewhere, join(root, ".perdure"), "junction");
    expect(await loadConfig(root)).toEqual({ dirs: ["package.json"] });
  });

  it("says where it may not write", async () => {
    const root = makeProject({ "perdure.config.ts": "export default {};" });
    rmSync(join(root, "node_modules"), { recursive: true });
    writeFileSync(join(root, "node_modules"), "no folder");
    expect(await errorOf(loadConfig(root))).toMatchObject({
      code: "FILE_NOT_WRITABLE",
      details: { path: expect.stringMatching(/node_modules$/) },
    });
  });

  it.each(["perdure.config.mts", "perdure.config.js", "perdure.config.mjs"])("may be called %s", async (name) => {
    expect(await load('export default { dirs: ["jobs"] };', name)).toEqual({ dirs: ["jobs"] });
  });

  it.each([
    { what: "does not parse", text: "export default {\n  dirs: [", problem: "perdure.config.ts:2:10: Unexpected end" },
    {
      what: "imports what is missing",
      text: 'import "./gone.ts";',
      problem: "perdure.config.ts:1:8: Could not resolve",
    },
    { what: "throws", text: 'throw new Error("no disk");', problem: "no disk" },
    { what: "exports nothing by default", text: "export const config = {};", problem: "no default export" },
    { what: "exports no object", text: 'export default ["tasks"];', problem: "not an object" },
  ])("is refused when it $what", async ({ text, problem }) => {
    const error = await errorOf(load(text));
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      details: { file: "perdure.config.ts", problem: expect.stringContaining(problem) },
    });
    expect(error.message).not.toMatch(/^\s+at /m);
  });

  it("says how effects are treated", async () => {
    const effects = { mode: "strict", ignore: ["https://otel.example.com"], onUncertain: "fail" };
    expect(await load(`export default { effects: ${JSON.stringify(effects)} };`)).toEqual({ effects });
    expect(await errorOf(load('export default { effects: { modes: "auto" } };'))).toMatchObject({
      code: "OPTION_UNSUPPORTED",
      details: { what: "perdure.config.ts", option: "effects.modes" },
    });
  });

  it("is refused with an option that nothing would heed", async () => {
    expect(await errorOf(load('export default { dir: "tasks" };'))).toMatchObject({
      code: "OPTION_UNSUPPORTED",
      details: { what: "perdure.config.ts", option: "dir" },
    });
  });

  it.each([
    "{ dirs: 'tasks' }",
    "{ dirs: [''] }",
    "{ dirs: ['/tasks'] }",
    "{ external: ['./x'] }",
    "{ external: [1] }",
    "{ runtime: 'deno' }",
    "{ external: ['perdure'] }",
    "{ effects: 'never' }",
    "{ effects: { ignore: 'otel.example.com' } }",
    "{ retry: { resume: 1 } }",
  ])("is refused as %s", async (config) => {
    expect(await errorOf(load(`export default ${config};`))).toMatchObject({ code: "OPTION_INVALID" });
  });
});
