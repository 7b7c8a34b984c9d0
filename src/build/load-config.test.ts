import { readdirSync } from "node:fs";
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
  ])("is refused as %s", async (config) => {
    expect(await errorOf(load(`export default ${config};`))).toMatchObject({ code: "OPTION_INVALID" });
  });
});
