import { describe, expect, it } from "vitest";
import type { LogLine } from "../core/log-line.ts";
import { createSystemEnv } from "../system/index.ts";
import { LogOutbox } from "./log-outbox.ts";

const env = createSystemEnv();
const line = (runId: string, message: string): LogLine => ({
  at: 1,
  level: "info",
  source: "logger",
  message,
  runId,
  task: "task",
  attempt: 1,
  epoch: 1,
});

/** An outbox whose node answers when it is told to. */
function start() {
  const sent: (readonly string[])[] = [];
  const answers: (() => void)[] = [];
  const outbox = new LogOutbox(env, ({ lines }) => {
    sent.push(lines.map(({ runId, message }) => `${runId}${message}`));
    return new Promise((resolve) => answers.push(resolve));
  });
  const answer = async () => {
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { outbox, sent, answer };
}

describe("the outbox of a worker", () => {
  it("sends what one turn logged in one message, and the next when that was answered", async () => {
    const { outbox, sent, answer } = start();
    for (const message of ["1", "2"]) outbox.add(line("a", message), 1);
    outbox.add(line("b", "1"), 1);
    expect(sent).toEqual([]);
    await answer();
    expect(sent).toEqual([["a1", "a2", "b1"]]);
    outbox.add(line("a", "3"), 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toHaveLength(1);
    await answer();
    expect(sent[1]).toEqual(["a3"]);
  });

  it("lets the lines of one run go before what follows them, whatever is under way", async () => {
    const { outbox, sent } = start();
    outbox.add(line("a", "1"), 1);
    await new Promise((resolve) => setImmediate(resolve));
    outbox.add(line("a", "2"), 1);
    outbox.add(line("b", "1"), 1);
    void outbox.flushRun("a");
    expect(sent).toEqual([["a1"], ["a2"]]);
    void outbox.flush();
    expect(sent[2]).toEqual(["b1"]);
  });

  it("parts what is too much for a message, in order", () => {
    const { outbox, sent } = start();
    for (let i = 0; i < 1_200; i++) outbox.add(line("a", `${i}`), 1);
    for (let i = 0; i < 3; i++) outbox.add(line("b", `${i}`), 200_000);
    void outbox.flush();
    expect(sent.map(({ length }) => length)).toEqual([500, 500, 201, 1, 1]);
    expect(sent.flat()).toEqual([
      ...Array.from({ length: 1_200 }, (_, i) => `a${i}`),
      ...Array.from({ length: 3 }, (_, i) => `b${i}`),
    ]);
  });

  it("takes no more than fits, and takes again when there is room", () => {
    const { outbox } = start();
    const taken = Array.from({ length: 25_000 }, () => outbox.add(line("a", ""), 1)).filter(Boolean);
    expect(taken).toHaveLength(20_000);
    void outbox.flush();
    expect(outbox.add(line("a", ""), 17 * 1024 * 1024)).toBe(false);
    expect(outbox.add(line("a", ""), 1)).toBe(true);
  });

  it("goes on when the node does not take a message", async () => {
    const messages: string[] = [];
    const outbox = new LogOutbox(env, async ({ lines }) => {
      messages.push(...lines.map(({ message }) => message));
      throw new Error("gone");
    });
    outbox.add(line("a", "1"), 1);
    await expect(outbox.flush()).resolves.toBeUndefined();
    outbox.add(line("a", "2"), 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(messages).toEqual(["1", "2"]);
  });
});
