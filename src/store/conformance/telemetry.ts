import { expect, it } from "vitest";
import type { Env } from "../../core/env.ts";
import { createId } from "../../core/ids.ts";
import type { LogLine } from "../../core/log-line.ts";
import type { Telemetry, TelemetryOptions } from "../telemetry/telemetry.ts";

export function lineOf(runId: string, message: string, more: Partial<LogLine> = {}): LogLine {
  return { at: 1_000, level: "info", source: "logger", message, runId, task: "task", attempt: 1, epoch: 1, ...more };
}

/**
 * What `telemetry.ts` promises, for any database.
 *
 * @param open - Opens telemetry of its own, or another view of the same where several nodes share it.
 */
export function describeTelemetry(env: Env, open: (options?: Partial<TelemetryOptions>) => Telemetry): void {
  const all = (telemetry: Telemetry, runId: string) => telemetry.readLines({ runId, after: 0, limit: 1_000 });
  const newRun = () => createId("run", env);
  const messages = async (telemetry: Telemetry, runId: string) =>
    (await all(telemetry, runId)).lines.map(({ seq, message }) => [seq, message]);

  it("gives back what it took, in order and with all of it", async () => {
    const telemetry = open();
    const runId = newRun();
    const line = lineOf(runId, "grüße\nund mehr", {
      properties: { a: [1, { b: null }] },
      level: "warn",
      attempt: 2,
      epoch: 7,
    });
    telemetry.writeLines([line, lineOf(runId, "second", { source: "console" })]);
    const { runId: _, task: __, ...stored } = line;
    const { lines, isMore } = await all(telemetry, runId);
    expect(lines[0]).toEqual({ seq: 1, ...stored });
    expect([lines.length, lines[1]?.source, lines[1]?.properties, isMore]).toEqual([2, "console", undefined, false]);
  });

  it("numbers the lines of each run for itself, over many writes", async () => {
    const telemetry = open();
    const [a, b] = [newRun(), newRun()];
    for (let i = 1; i <= 70; i++) telemetry.writeLines([lineOf(a, `a${i}`), lineOf(b, `b${i}`)]);
    await all(telemetry, a);
    telemetry.writeLines([lineOf(b, "last")]);
    expect((await all(telemetry, a)).lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 70 }, (_, i) => i + 1));
    expect((await messages(telemetry, b)).slice(-2)).toEqual([
      [70, "b70"],
      [71, "last"],
    ]);
  });

  it("reads page by page, from a place on", async () => {
    const telemetry = open();
    const runId = newRun();
    telemetry.writeLines(Array.from({ length: 25 }, (_, i) => lineOf(runId, `${i + 1}`)));
    const first = await telemetry.readLines({ runId, after: 0, limit: 10 });
    const last = await telemetry.readLines({ runId, after: 20, limit: 10 });
    expect([first.lines.length, first.isMore, last.lines.map(({ message }) => message), last.isMore]).toEqual([
      10,
      true,
      ["21", "22", "23", "24", "25"],
      false,
    ]);
    const exactly = await telemetry.readLines({ runId, after: 15, limit: 10 });
    expect([exactly.lines.length, exactly.isMore]).toEqual([10, false]);
    expect(await telemetry.readLines({ runId: newRun(), after: 0, limit: 10 })).toEqual({ lines: [], isMore: false });
  });

  it("makes a page of long lines shorter, but never empty", async () => {
    const telemetry = open();
    const runId = newRun();
    telemetry.writeLines(Array.from({ length: 8 }, () => lineOf(runId, "x".repeat(900_000))));
    const { lines, isMore } = await all(telemetry, runId);
    expect([lines.length, isMore]).toEqual([2, true]);
  });

  it("tells of runs whose lines are stored", async () => {
    const telemetry = open();
    const [a, b] = [newRun(), newRun()];
    const told: string[] = [];
    telemetry.onStored((runIds) => void told.push(...runIds));
    telemetry.writeLines([lineOf(a, "1"), lineOf(b, "1"), lineOf(a, "2")]);
    expect((await all(telemetry, a)).lines).toHaveLength(2);
    expect(told).toEqual([a, b]);
  });

  it("deletes what belongs to runs that are deleted, and nothing else", async () => {
    const telemetry = open();
    const [a, b] = [newRun(), newRun()];
    telemetry.writeLines([lineOf(a, "1"), lineOf(b, "1")]);
    await all(telemetry, a);
    await telemetry.deleteLines([a]);
    await telemetry.deleteLines([]);
    expect([await messages(telemetry, a), await messages(telemetry, b)]).toEqual([[], [[1, "1"]]]);
  });

  it("deletes lines that are too old", async () => {
    const environmentId = newRun();
    const now = env.now();
    const runId = newRun();
    const telemetry = open({ environmentId, maxAgeMs: 60_000 });
    telemetry.writeLines([lineOf(runId, "old", { at: now - 100_000 }), lineOf(runId, "new", { at: now })]);
    await expect.poll(() => messages(telemetry, runId)).toEqual([[2, "new"]]);
    telemetry.writeLines([lineOf(runId, "newer", { at: now })]);
    expect(await messages(telemetry, runId)).toEqual([
      [2, "new"],
      [3, "newer"],
    ]);
  });

  it("deletes the oldest where there are too many bytes, and says how many", async () => {
    const problems: (Error & { readonly code?: string })[] = [];
    const runs = [newRun(), newRun()];
    const telemetry = open({
      environmentId: newRun(),
      maxBytes: 1_000_000,
      onProblem: (error) => void problems.push(error),
    });
    const lines = Array.from({ length: 300 }, (_, i) =>
      lineOf(runs[i % 2] as string, `${i} ${"x".repeat(10_000)}`, { at: i }),
    );
    telemetry.writeLines(lines);
    await all(telemetry, runs[1] as string);
    await telemetry.deleteLines([newRun()]);
    const firstOf = async (runId: string) =>
      (await telemetry.readLines({ runId, after: 0, limit: 1 })).lines[0]?.seq ?? 0;
    await expect.poll(() => firstOf(runs[0] as string)).toBeGreaterThan(95);
    const kept = await Promise.all(runs.map(firstOf));
    expect(kept[0]).toBeLessThan(105);
    expect(Math.abs((kept[0] ?? 0) - (kept[1] ?? 0))).toBeLessThanOrEqual(1);
    expect([problems[0]?.code, problems[0]?.message]).toEqual([
      "LOGS_TRIMMED",
      expect.stringMatching(/^The \d+ oldest lines/),
    ]);
  });
}
