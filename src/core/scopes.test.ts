import { expect, it } from "vitest";
import { isGranted, type Permission, scopeOf } from "./scopes.ts";

const ONE: Permission = { action: "read", type: "tags", id: "user:1:a" };

it.each([
  ["read:tags:user:1:a", true],
  ["read:tags", true],
  ["read:all", true],
  ["read", true],
  ["admin", true],
  ["read:tags:user:1", false],
  ["read:tags:user:1:ab", false],
  ["read:tag", false],
  ["read:tags:", false],
  ["write:tags:user:1:a", false],
  ["read:runs", false],
  ["Admin", false],
  ["", false],
])("the scope %j grants one tag: %s", (scope, granted) => {
  expect(isGranted([scope], ONE)).toBe(granted);
  expect(isGranted(["x", scope], ONE)).toBe(granted);
});

it("a permission for all of a type takes a scope for all of it", () => {
  const all: Permission = { action: "read", type: "runs" };
  expect(scopeOf(all)).toBe("read:runs");
  expect(isGranted(["read:runs:run_1"], all)).toBe(false);
  expect(isGranted(["read:runs"], all)).toBe(true);
  expect(isGranted([], all)).toBe(false);
});
