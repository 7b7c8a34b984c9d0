import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../../test/store/open-toy.ts";
import { createSystemEnv } from "../system/index.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import type { AlertMessage } from "./channel.ts";
import { commandChannel } from "./command.ts";

const MESSAGE: AlertMessage = {
  type: "run.failed",
  timestamp: "2030-01-01T00:00:00.000Z",
  text: "Run run_1 of billing failed.",
  data: { run: { id: "run_1", task: "billing" } },
};
const { signal } = new AbortController();
const variables = { PATH: process.env["PATH"] ?? "" };

function send(
  script: string,
  more: { args?: string[]; signal?: AbortSignal; env?: ReturnType<typeof createVirtualEnv> } = {},
) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "notify.sh"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const options = {
    env: more.env ?? createSystemEnv(),
    words: ["./notify.sh", ...(more.args ?? [])],
    folder,
    variables,
  };
  const sending = commandChannel(options).send(MESSAGE, { id: "run_alert", signal: more.signal ?? signal });
  return { folder, sending };
}

describe("a command", () => {
  it("gets the message as JSON, the essentials as variables, its arguments as they are, and nothing else", async () => {
    const { folder, sending } = send('cat > message; env > variables; printf "%s\\n" "$@" > arguments', {
      args: ["a b", "$(id)"],
    });
    expect(await sending).toEqual({ kind: "sent", note: "ended with 0" });
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    expect(JSON.parse(read("message"))).toEqual(MESSAGE);
    expect(read("arguments")).toBe("a b\n$(id)\n");
    const seen = Object.fromEntries(
      read("variables")
        .trim()
        .split("\n")
        .map((line) => line.split("=", 2)),
    );
    expect(seen).toMatchObject({
      PERDURE_ALERT_ID: "run_alert",
      PERDURE_ALERT_TYPE: "run.failed",
      PERDURE_ALERT_TEXT: MESSAGE.text,
      PERDURE_RUN_ID: "run_1",
      PERDURE_TASK_ID: "billing",
    });
    const ours = Object.keys(seen).filter((name) => !/^(?:PERDURE_\w+|PATH|PWD|SHLVL|OLDPWD|_)$/.test(name));
    expect(ours).toEqual([]);
  });

  it("has failed when it ends with another code than 0, and says what it said last", async () => {
    const { sending } = send("echo started; echo no such channel >&2; exit 7");
    const sent = await sending;
    expect(sent.kind).toBe("failed");
    expect(sent.kind === "failed" && sent.problem).toMatch(
      /^\.\/notify\.sh ended with 7: (?:started\s)?no such channel/,
    );
  });

  it("has failed when it is not there", async () => {
    const channel = commandChannel({ env: createSystemEnv(), words: ["./gone"], folder: temporaryFolder(), variables });
    expect(await channel.send(MESSAGE, { id: "a", signal })).toMatchObject({
      kind: "failed",
      problem: expect.stringContaining("ENOENT"),
    });
  });

  it("need not read what it is told", async () => {
    const channel = commandChannel({ env: createSystemEnv(), words: ["true"], folder: temporaryFolder(), variables });
    const long = { ...MESSAGE, data: { x: "x".repeat(1e6) } };
    expect(await channel.send(long, { id: "a", signal })).toMatchObject({ kind: "sent" });
  });

  it("is killed when it takes too long, with all that it started", async () => {
    const env = createVirtualEnv();
    const { folder, sending } = send("(sleep 2; touch late) & touch started; sleep 100", { env });
    await vi.waitUntil(() => existsSync(join(folder, "started")), { timeout: 10_000 });
    await env.advance(60_000);
    expect(await sending).toMatchObject({ kind: "failed", problem: "./notify.sh did not end within 60 s" });
    await new Promise((passed) => setTimeout(passed, 2_500));
    expect(existsSync(join(folder, "late"))).toBe(false);
  });

  it("is killed when nobody waits for it any more", async () => {
    const stopping = new AbortController();
    const { folder, sending } = send("touch started; sleep 100", { signal: stopping.signal });
    await vi.waitUntil(() => existsSync(join(folder, "started")), { timeout: 10_000 });
    stopping.abort();
    expect(await sending).toMatchObject({ kind: "failed", problem: "./notify.sh ended with SIGKILL" });
  });
});
