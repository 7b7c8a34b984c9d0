/** What can be wrong with a Postgres, as an application meets it, before it starts and while it works. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createPerdure } from "../../src/embedded/index.ts";
import { step, task, wait } from "../../src/sdk/index.ts";
import { createTestDatabase } from "../postgres.ts";
import { errorOf, temporaryFolder } from "../store/open-toy.ts";
import { isRefused, works } from "./application.ts";
import { killAll, startProcess } from "./lives.ts";

const ROOT = join(import.meta.dirname, "../..");
const encryptionKey = "5a".repeat(32);
afterEach(killAll);

let db: string;
beforeAll(async () => {
  db = await createTestDatabase();
});

/** The URL of the database, wrong in one part. */
function changed(part: Partial<Pick<URL, "port" | "password" | "pathname">>): string {
  return Object.assign(new URL(db), part).href;
}

async function query(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: db });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("a Postgres", () => {
  it.each([
    { what: "nobody answers", part: { port: "1" }, names: "127.0.0.1:1/" },
    { what: "has another password", part: { password: "wrong" }, names: "password" },
    { what: "does not know the database", part: { pathname: "/nowhere" }, names: "nowhere" },
  ])("where $what is refused by its name, without the password", async ({ part, names }) => {
    await isRefused(changed(part), "DATABASE_UNREADABLE", names, { encryptionKey });
    await expect(createPerdure({ db: changed(part), tasks: [], encryptionKey })).rejects.not.toThrow(/wrong|:perdure@/);
  });

  it("whose URL is none is refused, without the password", async () => {
    const nonsense = "postgres://someone:secret@127.0.0.1:99999/x";
    await isRefused(nonsense, "OPTION_INVALID", "URL", { encryptionKey });
    const error = await errorOf(createPerdure({ db: nonsense, tasks: [], encryptionKey }));
    expect(inspect(error)).not.toContain("secret");
  });

  it("without a key, with another, of a newer or an altered version is refused, and works with its own", async () => {
    await works(db, { encryptionKey });
    await isRefused(db, "OPTION_INVALID", "openssl rand");
    await isRefused(db, "ENCRYPTION_KEY_WRONG", "PERDURE_ENCRYPTION_KEY", { encryptionKey: "11".repeat(32) });
    await query("insert into perdure.migrations values ('9999_of_the_future', 'checksum', 0)");
    await isRefused(db, "DATABASE_NEWER", "9999_of_the_future", { encryptionKey });
    await query("delete from perdure.migrations where name = '9999_of_the_future'");
    await query("update perdure.migrations set checksum = 'x' || checksum");
    await isRefused(db, "DATABASE_ALTERED", "0001", { encryptionKey });
    await query("update perdure.migrations set checksum = substr(checksum, 2)");
    await works(db, { encryptionKey });
  });

  it("may be refused for want of the package pg, which is named", async () => {
    const folder = temporaryFolder();
    cpSync(join(ROOT, "src"), join(folder, "src"), { recursive: true });
    mkdirSync(join(folder, "node_modules/@standard-schema"), { recursive: true });
    for (const name of ["superjson", "zod", "copy-anything", "is-what", "@standard-schema/spec"])
      symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
    const script = join(folder, "main.ts");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(
      script,
      `import { createPerdure } from "./src/embedded/index.ts";
       const open = { db: "postgres://127.0.0.1:1/x", tasks: [], encryptionKey: "${encryptionKey}" };
       console.log(await createPerdure(open).catch(({ code, message }) => code + ": " + message));`,
    );
    const process = startProcess(script, []);
    expect(await process.says("OPTION_INVALID: ")).toBe(true);
    expect(await process.says("npm install pg")).toBe(true);
    expect(await process.ended()).toBe(0);
  });
});

describe("a Postgres that drops all connections again and again", () => {
  it("costs no run, no attempt and no recorded step, and what is asked meanwhile is answered or refused as unknown", async () => {
    const began = new Map<string, number>();
    const seen = new Set<string>();
    const repeated: string[] = [];
    const busy = task({
      id: "busy",
      run: async (n: number, { ctx }) => {
        for (const name of ["a", "b", "c", "d", "e"]) {
          const place = `${ctx.run.id} ${name}`;
          await step.run(name, async () => {
            if (seen.has(place)) repeated.push(place);
            began.set(place, (began.get(place) ?? 0) + 1);
            await pause(20);
          });
          seen.add(place);
          await wait.for("50ms");
        }
        return n * 2;
      },
    });
    const codes = new Set<unknown>();
    const note = (error: unknown) => codes.add((error as { code?: string }).code ?? String(error));
    const perdure = await createPerdure({ db, tasks: [busy], encryptionKey, lease: "2s", onProblem: note });
    const accepted = new Map<number, string>();
    for (let n = 0; n < 60; n++) {
      const asked = busy.trigger(n, { idempotencyKey: `busy ${n}` });
      if (n % 6 === 5) {
        await query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'perdure' and datname = current_database()",
        );
      }
      await asked.then(({ id }) => accepted.set(n, id), note);
      await pause(30);
    }
    expect(accepted.size).toBeGreaterThan(40);
    for (const [n, id] of accepted) {
      expect(await perdure.runs.poll(id)).toMatchObject({ status: "completed", output: n * 2, attemptCount: 1 });
      const events = await perdure.runs.events(id);
      expect(events.filter(({ kind }) => kind === "run.completed")).toHaveLength(1);
    }
    await perdure.stop();
    expect(repeated).toEqual([]);
    expect([...began.values()].filter((times) => times > 1).length).toBeLessThan(30);
    expect([...codes].filter((code) => code !== "STORE_UNAVAILABLE" && code !== "LEASE_LOST")).toEqual([]);
  });
});
