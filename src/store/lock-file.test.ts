import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFolder } from "../../test/store/open-toy.ts";
import { realEnv } from "../../test/store/toy-verbs.ts";
import { lockDatabase } from "./lock-file.ts";
import { loadSqlite } from "./sqlite-driver.ts";

const lock = async (path: string) => lockDatabase(path, await loadSqlite(), realEnv);
const here = () => join(temporaryFolder(), "perdure.db");

describe("the lock file", () => {
  it("tells others where its holder can be reached, and stays locked meanwhile", async () => {
    const path = here();
    const held = await lock(path);
    for (const address of ["http://127.0.0.1:3000", "http://127.0.0.1:3001"]) {
      held.announce(address);
      expect(await errorOf(lock(path))).toMatchObject({
        code: "DATABASE_LOCKED",
        message: expect.stringContaining(`pid ${process.pid}`),
      });
    }
    held.release();
    (await lock(path)).release();
  });

  it("is not lost to one who asks all the time", async () => {
    const path = here();
    const held = await lock(path);
    const askers = Array.from({ length: 5 }, () => errorOf(lock(path)));
    for (let i = 0; i < 50; i++) held.announce(`address ${i}`);
    for (const error of await Promise.all(askers)) expect(error).toMatchObject({ code: "DATABASE_LOCKED" });
    held.release();
  });

  it("is taken over from a holder that ended without a word", async () => {
    const path = here();
    const open = await loadSqlite();
    const dead = open(`${path}.lock`);
    dead.execute(`
      create table holder (token text not null, pid integer not null, started_at integer not null, address text);
      insert into holder values ('of the dead', 1, 0, null)`);
    dead.close();
    const held = await lock(path);
    expect(await errorOf(lock(path))).toMatchObject({ code: "DATABASE_LOCKED" });
    held.release();
  });
});
