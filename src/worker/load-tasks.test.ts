import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { errorOf, temporaryFolder } from "../../test/store/open-toy.ts";
import { loadTasks } from "./load-tasks.ts";

const SDK = pathToFileURL(resolve(import.meta.dirname, "../sdk/index.ts")).href;

function moduleOf(code: string): string {
  const path = join(temporaryFolder(), "tasks.mjs");
  writeFileSync(path, `import { task } from ${JSON.stringify(SDK)};\n${code}`);
  return path;
}

it("finds the tasks among what a module exports, each once", async () => {
  const module = moduleOf(`
    export const a = task({ id: "a", run: async () => 1 });
    export const again = a;
    export const b = task({ id: "b", run: async () => 2 });
    export const c = task({ id: "c", run: async () => 3 });
    export const nothing = undefined, number = 7, config = { id: "a" };
  `);
  expect((await loadTasks(module, ["b", "a"])).map(({ id }) => id)).toEqual(["a", "b"]);
});

it("says what is wrong with a module", async () => {
  const lacking = moduleOf("export const none = 1;");
  expect(await errorOf(loadTasks(lacking, ["a"]))).toMatchObject({
    code: "TASKS_UNREADABLE",
    details: { module: lacking },
  });
  const throwing = await errorOf(loadTasks(moduleOf("throw new TypeError('no key.');"), ["a"]));
  expect(throwing).toMatchObject({ code: "TASKS_UNREADABLE", details: { problem: "TypeError: no key" } });
});
