import { expect, it, vi } from "vitest";

it("a file that a variable names is a setting: it is read untold, and written told", async () => {
  vi.stubEnv("SETTINGS_FILE", "/mounted/token");
  vi.resetModules();
  const { fileActs } = await import("./file-acts.ts");
  const told = (path: string) =>
    fileActs()
      .filter(({ name, isOutward }) => /^(readFile|writeFile)(Sync)?$/.test(name) && isOutward?.([path], undefined))
      .map(({ name }) => name);
  expect(told("/mounted/token")).toEqual(["writeFile", "writeFileSync", "writeFile"]);
  expect(told("/mounted/other")).toEqual([
    "readFile",
    "readFileSync",
    "writeFile",
    "writeFileSync",
    "readFile",
    "writeFile",
  ]);
});
