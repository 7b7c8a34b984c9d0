/** Keys and public tokens between real processes: our SDK, the command line, and the SDK of Trigger.dev. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import {
  configure as configureTrigger,
  auth as triggerAuth,
  runs as triggerRuns,
  tasks as triggerTasks,
} from "@trigger.dev/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPerdure } from "../../src/embedded/index.ts";
import { auth, configure, isPerdureError, keys, runs, task, tasks } from "../../src/sdk/index.ts";

const ROOT_KEY = "the-root-key-of-these-tests";
const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
let server: ChildProcess;
let url: string;
let output = "";

beforeAll(async () => {
  const env = { ...process.env, PERDURE_SECRET_KEY: ROOT_KEY };
  server = spawn(process.execPath, [`${import.meta.dirname}/http-server.ts`], { env, stdio: "pipe" });
  server.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream });
  [url] = (await once(lines, "line")) as [string];
  lines.on("line", (line) => {
    output += line;
  });
  configure({ baseURL: url, secretKey: ROOT_KEY });
  configureTrigger({ baseURL: url, secretKey: ROOT_KEY });
});

afterAll(async () => {
  configure({});
  server.stdin?.end();
  expect((await once(server, "exit"))[0]).toBe(0);
});

async function refused(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isPerdureError(error) ? `${error.status} ${error.code}` : String(error);
}

/** Status and code that the official SDK was answered. */
async function refusedThere(call: Promise<unknown>): Promise<string> {
  const error = (await call.then(
    () => ({}),
    (thrown: unknown) => thrown,
  )) as { readonly status?: number; readonly error?: { readonly code?: string }; readonly message?: string };
  return `${error.status} ${error.message}`;
}

describe("a public token of our SDK", () => {
  it("reads what it names and nothing else, for as long as its scope lasts", async () => {
    const mine = await tasks.trigger("echo", 1, { tags: ["user:1"] });
    const other = await tasks.trigger("echo", 2);
    await runs.poll(mine);
    const token = await auth.createPublicToken({ scopes: { read: { tags: "user:1" } }, expirationTime: "1h" });
    await auth.withAuth({ accessToken: token }, async () => {
      expect((await runs.retrieve(mine)).output).toBe(1);
      expect((await runs.poll(mine)).status).toBe("completed");
      expect((await runs.list({ tag: "user:1" })).data.map(({ id }) => id)).toEqual([mine.id]);
      expect((await runs.events(mine)).length).toBeGreaterThan(2);
      expect(await refused(runs.retrieve(other))).toBe("403 SCOPE_MISSING");
      expect(await refused(runs.list())).toBe("403 SCOPE_MISSING");
      expect(await refused(runs.cancel(mine))).toBe("403 SCOPE_MISSING");
      expect(await refused(tasks.trigger("echo", 1))).toBe("403 SCOPE_MISSING");
      expect(await refused(auth.createPublicToken())).toBe("403 SCOPE_MISSING");
      expect(await refused(keys.list())).toBe("403 ROOT_KEY_NEEDED");
    });
    expect((await runs.retrieve(other)).id).toBe(other.id);
  });

  it("comes with a run, for the page that shows it", async () => {
    const { id, publicAccessToken = "" } = await tasks.trigger("echo", { a: 1 });
    const run = await auth.withAuth({ accessToken: publicAccessToken }, () => runs.poll(id));
    expect(run.output).toEqual({ a: 1 });
  });

  it("triggers once, and is handed what it may read", async () => {
    const token = await auth.createTriggerPublicToken("echo");
    await auth.withAuth({ accessToken: token }, async () => {
      const handle = await tasks.trigger("echo", 7);
      const run = await auth.withAuth({ accessToken: handle.publicAccessToken ?? "" }, () => runs.poll(handle));
      expect(run.output).toBe(7);
      expect(await refused(tasks.trigger("echo", 8))).toBe("422 TOKEN_USED");
      expect(await refused(tasks.trigger("dated", {}))).toBe("403 SCOPE_MISSING");
    });
  });

  it("triggers batches, whose runs it is handed a token for", async () => {
    const token = await auth.createBatchTriggerPublicToken(["echo"], { multipleUse: true });
    for (let n = 0; n < 2; n++) {
      const batch = await auth.withAuth({ accessToken: token }, () =>
        tasks.batchTrigger("echo", [{ payload: 1 }, { payload: 2 }]),
      );
      await auth.withAuth({ accessToken: batch.publicAccessToken ?? "" }, async () => {
        const { data } = await runs.list({ batch: batch.batchId });
        expect(data.map(({ id }) => id).sort()).toEqual(batch.runs.map(({ id }) => id).sort());
      });
    }
    expect(await refused(auth.withAuth({ accessToken: token }, () => tasks.trigger("echo", 1)))).toBe(
      "403 SCOPE_MISSING",
    );
  });

  it("keeps calls at the same time apart", async () => {
    const handles = await Promise.all([1, 2, 3].map((n) => tasks.trigger("echo", n)));
    const seen = await Promise.all(
      handles.map(({ id, publicAccessToken = "" }) =>
        auth.withAuth({ accessToken: publicAccessToken }, async () => {
          await new Promise((done) => setTimeout(done, 5));
          const own = await runs.retrieve(id);
          const foreign = await Promise.all(
            handles.filter((other) => other.id !== id).map((other) => refused(runs.retrieve(other.id))),
          );
          return [own.id, ...foreign];
        }),
      ),
    );
    expect(seen).toEqual(handles.map(({ id }) => [id, "403 SCOPE_MISSING", "403 SCOPE_MISSING"]));
  });

  it("is refused before it is asked for when an option makes no sense", async () => {
    expect(await refused(auth.createPublicToken({ scopes: { read: { runs: " " } } }))).toBe("400 OPTION_INVALID");
    expect(await refused(auth.createPublicToken({ scopes: { write: { tags: "x" } as object } }))).toBe(
      "400 OPTION_UNSUPPORTED",
    );
    expect(await refused(auth.createPublicToken({ expirationTime: "soon" }))).toBe("400 DURATION_INVALID");
    expect(await refused(auth.createPublicToken({ expirationTime: "31d" }))).toBe("400 OPTION_INVALID");
    expect(await refused(auth.createPublicToken({ expirationTime: new Date(0) }))).toBe("400 OPTION_INVALID");
    expect(await auth.createPublicToken({ expirationTime: Math.floor(Date.now() / 1_000) + 60 })).toMatch(/^ey/);
  });
});

describe("a secret key of our SDK", () => {
  it("works until it is revoked, and its tokens with it", async () => {
    const { id, secret } = await keys.create({ name: "a backend", expiresIn: "1d" });
    const handle = await tasks.trigger("echo", 1);
    const token = await auth.withAuth({ secretKey: secret }, async () => {
      expect((await runs.poll(handle)).output).toBe(1);
      expect(await refused(keys.create({ name: "b" }))).toBe("403 ROOT_KEY_NEEDED");
      return auth.createPublicToken({ scopes: { read: { runs: true } } });
    });
    const read = () => auth.withAuth({ accessToken: token }, () => runs.retrieve(handle));
    expect((await read()).id).toBe(handle.id);
    await keys.revoke(id);
    expect(await refused(read())).toBe("401 TOKEN_INVALID");
    expect(await refused(auth.withAuth({ secretKey: secret }, () => runs.list()))).toBe("401 SECRET_KEY_ENDED");
    expect((await keys.list()).find((key) => key.id === id)).toMatchObject({ revokedAt: expect.any(Date) });
  });
});

describe("an instance in this process", () => {
  const echo = task({ id: "echo", run: async (payload: number) => payload });

  it("makes tokens with the key that its option http gives it", async () => {
    const http = { port: 0, secretKey: "a key of this one alone" };
    await using perdure = await createPerdure({ db: ":memory:", tasks: [echo], http });
    const { id } = await perdure.tasks.trigger(echo, 5);
    const accessToken = await perdure.auth.createPublicToken({ scopes: { read: { runs: id } } });
    const here = { baseURL: perdure.url ?? "", accessToken };
    expect(await auth.withAuth(here, async () => (await runs.poll(id)).output)).toBe(5);
    const { secret } = await perdure.keys.create({ name: "a" });
    const there = { baseURL: here.baseURL, secretKey: secret };
    expect(await auth.withAuth(there, async () => (await runs.list()).data.length)).toBe(1);
  });

  it("has none to make them with where nobody can ask", async () => {
    await using perdure = await createPerdure({ db: ":memory:", tasks: [echo] });
    expect(await refused(perdure.auth.createPublicToken())).toBe("422 TOKENS_NEED_KEY");
  });
});

describe("the official SDK of Trigger.dev", () => {
  /** As the server sees it that makes tokens for pages, whichever key it has. */
  const withKey = <Result>(secretKey: string, fn: () => Promise<Result>) =>
    triggerAuth.withAuth({ secretKey, accessToken: secretKey }, fn);

  it.each(["the root key", "a key of its own"])("signs tokens by itself with %s, and they are taken", async (which) => {
    const key = which === "the root key" ? ROOT_KEY : (await keys.create({ name: "official" })).secret;
    await withKey(key, async () => {
      const mine = await triggerTasks.trigger("echo", { n: 1 }, { tags: ["user:1"] });
      const other = await triggerTasks.trigger("echo", { n: 2 });
      await runs.poll(mine.id);
      const token = await triggerAuth.createPublicToken({ scopes: { read: { tags: ["user:1"] } } });
      await triggerAuth.withAuth({ accessToken: token }, async () => {
        expect(await triggerRuns.retrieve(mine.id)).toMatchObject({ status: "COMPLETED", output: { n: 1 } });
        expect(await refusedThere(triggerRuns.retrieve(other.id))).toContain("403");
        expect(await refusedThere(triggerRuns.cancel(mine.id))).toContain("403");
        expect(await refusedThere(triggerTasks.trigger("echo", {}))).toContain("403");
      });
      await triggerAuth.withAuth({ accessToken: other.publicAccessToken }, async () => {
        expect((await triggerRuns.retrieve(other.id)).id).toBe(other.id);
        expect(await refusedThere(triggerRuns.retrieve(mine.id))).toContain("403");
      });
    });
  });

  it("triggers with a token once, and reads the run with what it is handed", async () => {
    const token = await triggerAuth.createTriggerPublicToken("echo");
    await triggerAuth.withAuth({ accessToken: token }, async () => {
      const handle = await triggerTasks.trigger("echo", { n: 3 });
      await triggerAuth.withAuth({ accessToken: handle.publicAccessToken }, async () => {
        expect((await triggerRuns.poll(handle.id, { pollIntervalMs: 50 })).output).toEqual({ n: 3 });
      });
      expect(await refusedThere(triggerTasks.trigger("echo", { n: 4 }))).toMatch(/^422 .*used/);
    });
  });

  it("is told why a token is not taken", async () => {
    const expired = await triggerAuth.createPublicToken({ expirationTime: Math.floor(Date.now() / 1_000) - 1 });
    const made = await triggerAuth.createPublicToken();
    const wrong = `${made.slice(0, -4)}AAAA`;
    for (const [token, why] of [
      [expired, "expired"],
      [wrong, "another key"],
    ] as const)
      expect(
        await triggerAuth.withAuth({ accessToken: token }, () => refusedThere(triggerRuns.retrieve("run_1"))),
      ).toMatch(new RegExp(`^401 .*${why}`));
  });
});

describe("perdure keys", () => {
  const perdure = async (words: readonly string[], key = ROOT_KEY) => {
    const env = { PATH: process.env["PATH"], PERDURE_API_URL: url, PERDURE_SECRET_KEY: key, NO_COLOR: "1" };
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [BIN, "keys", ...words], { env });
      return { code: 0, stdout, stderr };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  it("makes, shows and ends them", async () => {
    const made = await perdure(["create", "from a shell", "--expires", "90d"]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pdr_prod_[0-9a-z]{38}\n$/) });
    const secret = made.stdout.trim();
    const id = /key_\w+/.exec(made.stderr)?.[0] ?? "";
    const listed = await perdure(["list"]);
    expect(listed.stdout).toContain(`${id}  …${secret.slice(-4)}`);
    expect(listed.stdout).not.toContain(secret);
    expect(await perdure(["list"], secret)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("ROOT_KEY_NEEDED"),
    });
    expect((await perdure(["revoke", id])).stdout).toContain("revoked");
    expect(await perdure(["list"], secret)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("SECRET_KEY_ENDED"),
    });
    const { stdout } = await perdure(["create", "for a program", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ name: "for a program", secret: expect.stringMatching(/^pdr_prod_/) });
    expect(await perdure(["create"])).toMatchObject({ code: 2 });
    expect(await perdure(["revoke", "key_none"])).toMatchObject({ code: 3 });
  });
});

it("the server has written no key and no token to its log", () => {
  expect(output).not.toMatch(/pdr_prod_|eyJ/);
  expect(output).not.toContain(ROOT_KEY);
});
