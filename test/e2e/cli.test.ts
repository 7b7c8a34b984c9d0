import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { type HttpProcess, KEY, startHttpProcess } from "./http-process.ts";

const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
let server: HttpProcess;
let url: string;

beforeAll(async () => {
  server = await startHttpProcess();
  url = server.url;
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command as a user types it, in a process of its own. */
async function perdure(
  words: readonly string[],
  { input = "", ...variables }: Record<string, string> = {},
): Promise<Outcome> {
  const env = { PATH: process.env["PATH"], PERDURE_API_URL: url, PERDURE_SECRET_KEY: KEY, ...variables };
  const child = spawn(process.execPath, [BIN, ...words], { env, stdio: "pipe" });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number];
  return { code, out, err };
}

const lines = (text: string) => text.trimEnd().split("\n");
const jsonOf = ({ out }: Outcome) => JSON.parse(out) as Record<string, unknown>;

describe("perdure trigger", () => {
  it("writes the id of the run, and with --wait its outcome", async () => {
    const triggered = await perdure(["trigger", "echo", "--payload", '{"a":1}', "--tag", "x", "--tag", "y"]);
    expect(triggered).toMatchObject({ code: 0, out: expect.stringMatching(/^run_\w+\n$/), err: "" });
    const waited = await perdure(["trigger", "echo", "--payload", '"text"', "--wait"]);
    expect([waited.code, waited.out]).toEqual([0, 'completed: "text"\n']);
    expect(waited.err).toMatch(/run\.created[\s\S]*run\.started[\s\S]*run\.completed/);
  });

  it("says by its exit code that the run failed", async () => {
    const failed = await perdure(["trigger", "failing", "--wait", "--json"]);
    expect([failed.code, failed.err]).toEqual([1, ""]);
    expect(jsonOf(failed)).toMatchObject({ status: "failed", error: { message: "it never works" } });
  });

  it("takes the payload from standard input", async () => {
    const waited = await perdure(["trigger", "echo", "-p", "-", "-w"], { input: "[1,2]" });
    expect(waited.out).toBe("completed: [1,2]\n");
  });

  it("leads to the first run by an idempotency key", async () => {
    const words = ["trigger", "echo", "--idempotency-key", "k", "--json"];
    const [first, again] = [jsonOf(await perdure(words)), jsonOf(await perdure(words))];
    expect(again).toEqual({ ...first, isCached: true });
  });
});

describe("perdure runs", () => {
  it("lists, shows, cancels and replays", async () => {
    const { out } = await perdure(["trigger", "waiting", "--tag", "cli"]);
    const id = out.trim();
    const listed = await perdure(["runs", "list", "--tag", "cli"]);
    expect(lines(listed.out)).toEqual([expect.stringMatching(new RegExp(`^${id} {2}\\w+ +\\S+ {2}waiting cli$`))]);
    expect(await perdure(["runs", "cancel", id])).toEqual({ code: 0, out: `${id}\n`, err: "" });
    const watched = await perdure(["runs", "watch", id]);
    expect([watched.code, watched.out]).toEqual([1, "canceled\n"]);
    const shown = jsonOf(await perdure(["runs", "get", id, "--json"]));
    expect(shown).toMatchObject({ id, status: "canceled", tags: ["cli"] });
    expect((shown["events"] as { kind: string }[]).at(-1)?.kind).toBe("run.canceled");
    const replayed = jsonOf(await perdure(["runs", "replay", id, "--json"]));
    expect(replayed).toEqual({ run: id, id: expect.stringMatching(/^run_/) });
    await perdure(["runs", "cancel", String(replayed["id"])]);
  });

  it("pages", async () => {
    for (const n of ["1", "2", "3"]) await perdure(["trigger", "echo", "-p", n, "--tag", "paged"]);
    const first = jsonOf(await perdure(["runs", "list", "--tag", "paged", "--limit", "2", "--json"]));
    const { next } = first["pagination"] as { next: string };
    const second = jsonOf(await perdure(["runs", "list", "--tag", "paged", "--limit", "2", "--after", next, "--json"]));
    expect([first["data"], second["data"]].map((data) => (data as unknown[]).length)).toEqual([2, 1]);
  });
});

describe("perdure runs get", () => {
  it("tells a story to its end, however long", async () => {
    const id = (await perdure(["trigger", "echo", "--delay", "1h"])).out.trim();
    const reschedule = async (hours: number) => {
      const body = JSON.stringify({ delay: `${hours}h` });
      expect((await server.ask(`/api/v1/runs/${id}/reschedule`, { method: "POST", body })).status).toBe(200);
    };
    for (let n = 0; n < 1_002; n += 6)
      await Promise.all(Array.from({ length: 6 }, (_, more) => reschedule(n + more + 1)));
    await perdure(["runs", "cancel", id]);
    const { events } = jsonOf(await perdure(["runs", "get", id, "--json"])) as {
      events: { seq: number; kind: string }[];
    };
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
    expect(events.filter(({ kind }) => kind === "run.rescheduled").length).toBe(1_002);
    expect(events.at(-1)?.kind).toBe("run.canceled");
  }, 60_000);
});

describe("what goes wrong", () => {
  it.each<[readonly string[], Record<string, string>, number, string]>([
    [["launch"], {}, 2, "USAGE: There is no command launch"],
    [["trigger"], {}, 2, "USAGE: Which task? Name one."],
    [["trigger", "echo", "--payload", "{"], {}, 2, "USAGE: The payload is not JSON"],
    [["trigger", "echo", "--speed", "1"], {}, 2, "USAGE: Unknown option '--speed'"],
    [["trigger", "echo", "--priority", "high"], {}, 2, "USAGE: --priority takes a number"],
    [["start", "--port", "65536"], {}, 2, "USAGE: --port takes a whole number from 0 to 65535."],
    [["dev", "--port", "70000"], {}, 2, "USAGE: --port takes a whole number from 0 to 65535."],
    [["doctor", "--port", "65536"], {}, 2, "USAGE: --port takes a whole number from 1 to 65535."],
    [["runs", "list", "--status", "done"], {}, 2, "USAGE: There is no status done"],
    [["runs", "cancel"], {}, 2, "USAGE: Which runs?"],
    [["trigger", "nothing"], {}, 3, "TASK_UNKNOWN: There is no task nothing."],
    [["runs", "get", "run_1"], {}, 3, "RUN_NOT_FOUND: There is no run run_1."],
    [["runs", "list"], { PERDURE_API_URL: "" }, 4, "SERVER_NOT_CONFIGURED: No server is configured."],
    [["runs", "list"], { PERDURE_SECRET_KEY: "another key" }, 4, "SECRET_KEY_WRONG"],
    [
      ["runs", "list", "--url", "http://127.0.0.1:9"],
      {},
      4,
      "SERVER_UNREACHABLE: No answer came from http://127.0.0.1:9",
    ],
  ])("%j with %j: one sentence, a code, a cure", async (words, variables, code, message) => {
    const failed = await perdure(words, variables);
    expect([failed.code, failed.out]).toEqual([code, ""]);
    expect(failed.err.startsWith(message)).toBe(true);
    expect(lines(failed.err).length).toBe(1);
    const asJson = await perdure([...words, "--json"], variables);
    expect(asJson.code).toBe(code);
    expect(JSON.parse(asJson.err)).toMatchObject({ code: message.split(":")[0], error: expect.any(String) });
  });
});

describe("help", () => {
  it("lists every command, and the options of each", async () => {
    const general = await perdure(["--help"]);
    expect(general.code).toBe(0);
    for (const name of Object.keys(COMMANDS)) {
      expect(general.out).toContain(`  ${name}`);
      const own = await perdure([...name.split(" "), "--help"]);
      expect([own.code, own.out.startsWith(`Usage: perdure ${name}`)]).toEqual([0, true]);
      expect(own.out).toContain("--json");
    }
  }, 120_000);

  it("is given without colours where no terminal reads", async () => {
    expect((await perdure(["runs", "list"])).out).not.toContain("\u001b");
  });

  it("ends without a word when nobody reads it", async () => {
    const child = spawn(process.execPath, [BIN, "--help"], { stdio: "pipe" });
    child.stdout.destroy();
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const [code] = (await once(child, "close")) as [number];
    expect([code, err]).toEqual([3, ""]);
  });

  it("says the version", async () => {
    expect((await perdure(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
