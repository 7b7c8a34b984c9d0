import { expect, test } from "vitest";
import { findPlace } from "./stack-place.ts";

const stack = (...frames: readonly string[]) => `Error: no\n${frames.map((frame) => `    at ${frame}`).join("\n")}`;

test("the place of a stack is the first line of the project's own code, from its root", () => {
  const frames = [
    "readFile (node:fs:358:10)",
    "Client.query (/app/node_modules/pg/client.js:10:3)",
    "/elsewhere/lib.ts:1:1",
    "async run (file:///app/tasks/a%20b.ts:12:7)",
    "file:///app/tasks/later.ts:1:1",
  ];
  expect(findPlace(stack(...frames), "/app")).toBe("tasks/a b.ts:12:7");
});

test.each([
  ["/app", "file:///app/node_modules/pg/client.js:10:3", "node_modules/pg/client.js:10:3"],
  ["/app", "/lib/x.js:1:2", "../lib/x.js:1:2"],
  ["/", "/lib/x.js:1:2", "lib/x.js:1:2"],
  ["C:\\app", "run (file:///C:/app/tasks/a.ts:3:4)", "tasks/a.ts:3:4"],
  ["C:\\app", "run (D:\\lib\\x.js:3:4)", "D:/lib/x.js:3:4"],
  ["/app", "run (file:///app/%zz.js:3:4)", "%zz.js:3:4"],
])("in %s, a stack with nothing but %s has that for its place", (root, frame, place) => {
  expect(findPlace(stack("node:internal/main:1:1", frame), root)).toBe(place);
});

test("a stack without a file has no place", () => {
  expect(findPlace(stack("node:fs:1:1", "new Promise (<anonymous>)"), "/app")).toBeUndefined();
});
