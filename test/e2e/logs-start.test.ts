/** Logs of `perdure start` and of `perdure logs`: real servers, commands, kills, and files that are damaged. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeProject } from "../build/project.ts";

vi.setConfig({ testTimeout: 60_000 });
const KEY = "a-secret-key-of-tests";
const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
const alive = new Set<ChildProcess>();
afterEach(() => {
  for (const child of alive) child.kill("SIGKILL");
});

type Line = Readonly<Record<string, unknown>>;

async function start(root: string, variables: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [BIN, "start", "--port", "0"], {
    cwd: root,
    env: { PATH: process.env["PATH"], PERDURE_SECRET_KEY: KEY, ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  alive.add(child);
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on("line", (text) => lines.push(JSON.parse(text) as Line));
  const ready = await vi.waitUntil(() => lines.find(({ message }) => message === "Perdure is ready."), {
    timeout: 30_000,
    interval: 20,
  });
  const url = String((ready as Line)["url"]);
  return {
    lines,
    get: (path: string) => fetch(url + path, { headers: { authorization: `Bearer ${KEY}` } }),
    command: (...words: string[]) => command(url, words),
    async end(signal: NodeJS.Signals) {
      child.kill(signal);
      await once(child, "close");
      alive.delete(child);
    },
  };
}

/** A command as a user types it; `out` grows while it goes on. */
function command(url: string, words: readonly string[]) {
  const env = { PATH: process.env["PATH"], PERDURE_API_URL: url, PERDURE_SECRET_KEY: KEY };
  const child = spawn(process.execPath, [BIN, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  alive.add(child);
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  const ended = once(child, "close").then(([code]) => {
    alive.delete(child);
    return { code: code as number, lines: said.out.split("\n").filter((line) => line !== ""), ...said };
  });
  return { said, ended };
}

const COUNTING = `import { existsSync } from "node:fs";
import { logger, step, task, wait } from "perdure";
export const counting = task({
  id: "counting",
  run: async ({ gate }: { gate: string }) => {
    for (let i = 0; ; i++) {
      console.log(\`count \${i}\`);
      if (await step.run("look", () => existsSync(gate), { key: i })) return i;
      await wait.for({ milliseconds: 100 });
    }
  },
});
let failures = 0;
export const failing = task({
  id: "failing",
  retry: { maxAttempts: 2, minTimeoutInMs: 10 },
  run: async () => {
    console.debug("trying with", process.env["SERVICE_KEY"]);
    logger.warn("not \\u001b[31myet", { tries: ++failures, token: "abc" });
    process.stdout.write(\`raw \${process.env["SERVICE_KEY"]}\\n\`);
    throw new Error("no");
  },
});
`;

const project = () =>
  makeProject({
    "tasks/counting.ts": COUNTING,
    "perdure.config.ts": 'export default { variables: ["SERVICE_KEY"] };',
  });

describe("perdure logs", () => {
  it("shows what a run logged, by level and attempt, for people and for programs", async () => {
    const server = await start(project(), { SERVICE_KEY: "correct horse battery" });
    const { out } = await server.command("trigger", "failing").ended;
    const id = out.trim();
    const followed = await server.command("logs", id, "-f").ended;
    const time = "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z";
    expect(followed.code).toBe(0);
    expect(followed.lines).toHaveLength(4);
    expect(followed.lines[0]).toMatch(new RegExp(`^${time} {2}debug {2}trying with \\[redacted: secret\\]$`));
    expect(followed.lines[1]).toMatch(
      new RegExp(`^${time} {2}warn {3}not \\\\x1b\\[31myet {"tries":1,"token":"\\[redacted: token\\]"}$`),
    );
    const warnings = await server.command("logs", id, "--level", "warn", "--attempt", "2", "--json").ended;
    expect(warnings.lines.map((line) => JSON.parse(line) as Line)).toEqual([
      expect.objectContaining({ seq: 4, level: "warn", source: "logger", attempt: 2, message: "not \u001b[31myet" }),
    ]);
    const page = await (await server.get(`/api/v1/runs/${id}/logs?after=2&limit=1&waitMs=100`)).json();
    expect(page).toEqual({
      data: [expect.objectContaining({ seq: 3, level: "debug", at: expect.stringMatching(new RegExp(`^${time}$`)) })],
      isOver: false,
      pagination: { next: 3 },
    });
    const refused = await server.get(`/api/v1/runs/${id}/logs?limit=many`);
    expect([refused.status, await refused.json()]).toEqual([400, expect.objectContaining({ code: "OPTION_INVALID" })]);
    const watched = await server.command("runs", "watch", id).ended;
    expect(watched.err).toMatch(/run\.started[\s\S]*trying with[\s\S]*run\.retrying[\s\S]*not [\s\S]*run\.failed/);

    await vi.waitUntil(() => server.lines.filter(({ stream }) => stream === "stdout").length === 2);
    expect(server.lines).toContainEqual(
      expect.objectContaining({ level: "warn", runId: id, task: "failing", attempt: 1 }),
    );
    expect(server.lines).toContainEqual(
      expect.objectContaining({ message: "raw [redacted: secret]", stream: "stdout" }),
    );
    await server.end("SIGTERM");
    expect(JSON.stringify(server.lines)).not.toContain("horse");
  });

  it("refuses with a sentence what it cannot show", async () => {
    const server = await start(project());
    const nowhere = "run_00000000000000000000000000";
    const cases: readonly [readonly string[], number, string][] = [
      [["logs"], 2, "USAGE: Which run? Name one."],
      [["logs", nowhere], 3, "RUN_NOT_FOUND"],
      [["logs", nowhere, "-f"], 3, "RUN_NOT_FOUND"],
      [["logs", nowhere, "--level", "loud"], 2, "USAGE: There is no level loud"],
    ];
    for (const [words, code, sentence] of cases) {
      const { code: seen, err } = await server.command(...words).ended;
      expect([seen, err]).toEqual([code, expect.stringContaining(sentence)]);
    }
    await server.end("SIGTERM");
  });
});

describe("when the server is killed", () => {
  it("while a run is followed, its earlier lines are kept, it goes on, and no count is missing", async () => {
    const root = project();
    const gate = join(root, "gate");
    const first = await start(root);
    const { out } = await first.command("trigger", "counting", "-p", JSON.stringify({ gate })).ended;
    const id = out.trim();
    const follower = first.command("logs", id, "-f");
    await vi.waitUntil(() => follower.said.out.includes("count 5"), { timeout: 30_000 });
    await first.end("SIGKILL");
    const seen = numbersIn(follower.said.out);

    const second = await start(root);
    const after = second.command("logs", id, "-f");
    await vi.waitUntil(() => numbersIn(after.said.out).length > seen.length + 3, { timeout: 30_000 });
    writeFileSync(gate, "");
    const { code, lines } = await after.ended;
    const numbers = numbersIn(lines.join("\n"));
    expect(code).toBe(0);
    expect(numbers.slice(0, seen.length)).toEqual(seen);
    expect([...new Set(numbers)]).toEqual(Array.from({ length: Math.max(...numbers) + 1 }, (_, i) => i));
    expect(numbers.length - new Set(numbers).size).toBeLessThanOrEqual(1);
    expect(await second.command("runs", "get", id, "--json").ended).toMatchObject({ code: 0 });
    await second.end("SIGTERM");
  });
});

function numbersIn(text: string): readonly number[] {
  return [...text.matchAll(/count (\d+)/g)].map(([, number]) => Number(number));
}

describe("a file of logs", () => {
  it.each<[string, (path: string) => void, readonly string[]]>([
    ["damaged", (path) => writeFileSync(path, readFileSync(path).fill(0x5a)), ["LOGS_DISCARDED"]],
    [
      "gone",
      (path) => {
        for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
      },
      [],
    ],
  ])("that is %s before the start costs the lines in it, and no run", async (_, damage, codes) => {
    const root = project();
    const gate = join(root, "gate");
    const first = await start(root);
    const { out } = await first.command("trigger", "counting", "-p", JSON.stringify({ gate })).ended;
    const id = out.trim();
    const file = join(root, ".perdure/perdure.db.telemetry");
    const follower = first.command("logs", id, "-f");
    await vi.waitUntil(() => follower.said.out.includes("count 2"), { timeout: 30_000 });
    await first.end("SIGTERM");
    expect(existsSync(file)).toBe(true);
    damage(file);

    writeFileSync(gate, "");
    const second = await start(root);
    const { code, lines } = await second.command("logs", id, "-f").ended;
    expect(code).toBe(0);
    expect(numbersIn(lines.join("\n"))[0]).toBeGreaterThanOrEqual(2);
    const { out: run } = await second.command("runs", "get", id, "--json").ended;
    expect(JSON.parse(run)).toMatchObject({ status: "completed", attemptCount: 1 });
    await second.end("SIGTERM");
    expect(second.lines.flatMap(({ code: problem }) => problem ?? [])).toEqual(codes);
  });
});
