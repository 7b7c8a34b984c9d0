import { expect, test } from "vitest";
import { createDevView } from "./dev-view.ts";
import { createTerminal } from "./terminal.ts";

test("what Perdure has to say to the author of a task is shown at once, with its line", () => {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const terminal = createTerminal({ isJson: false, out: { write, isTTY: true }, err: { write }, variables: {} });
  const view = createDevView({ root: "/app", terminal, now: () => new Date(0) });
  const message = "node:fs writeFile out.csv at tasks/a.ts:10:11 cannot be recorded. Wrap it in a step.";
  view.event({ level: "warn", source: "perdure", task: "export", runId: "run_1", message });
  expect(out.trim()).toBe(`\u001b[33mexport │\u001b[0m ${message}`);
});
