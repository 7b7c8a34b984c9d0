import { expect, it } from "vitest";
import { perdureError } from "../core/errors.ts";
import { startProblem } from "./start-problem.ts";

const closed = perdureError("PIPE_CLOSED", { call: "start" });
const unreadable = perdureError("TASKS_UNREADABLE", { module: "/tasks.ts", problem: "SyntaxError: Unexpected token" });
const killed = { exitCode: null, signal: "SIGKILL" };

it.each([
  [unreadable, killed, "its tasks cannot be loaded: SyntaxError: Unexpected token"],
  [closed, { exitCode: 1, signal: null }, "it ended with exit code 1"],
  [closed, killed, "it was killed by SIGKILL"],
  [closed, { ...killed, killedFor: "start" as const }, "it took too long"],
  [closed, { ...killed, killedFor: "heartbeat" as const }, "its heart stopped"],
  [closed, { ...killed, killedFor: "hang" as const }, "its event loop hung"],
  [closed, { exitCode: null, signal: null }, "the operating system did not start it"],
  [new Error("spawn EAGAIN"), { exitCode: null, signal: null }, "spawn EAGAIN"],
])("says %s, %j as a problem of people", (said, end, problem) => {
  const error = startProblem("/tasks.ts", said, end, "\n  its last line\n");
  expect(error).toMatchObject({ code: "WORKER_START_FAILED", details: { module: "/tasks.ts", problem } });
  expect(error.message).toContain(`${problem}.\n  its last line\n`);
});
