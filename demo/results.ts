import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Row } from "./data-set.ts";

/** Where the import writes: a database of the application's own, which Perdure knows nothing of. */
export class Results {
  readonly #database: DatabaseSync;

  constructor(folder: string) {
    this.#database = new DatabaseSync(join(folder, "results.db"));
    this.#database.exec("pragma journal_mode = wal; pragma synchronous = normal");
    this.#database.exec(
      "create table if not exists regions (number integer primary key, country text not null, code text, name text not null) strict",
    );
  }

  /** Writes the rows, all or none. Idempotent: written twice they are there once, so a repeated step does no harm. */
  write(rows: readonly Row[]): void {
    const upsert = this.#database.prepare(
      `insert into regions (number, country, code, name) values (?, ?, ?, ?)
       on conflict (number) do update set country = excluded.country, code = excluded.code, name = excluded.name`,
    );
    this.#database.exec("begin immediate");
    try {
      for (const { number, country, code, name } of rows) {
        if (name === null) throw new Error(`Row ${number} (${country}, ${code}) has no name`);
        upsert.run(number, country, code, name);
      }
      this.#database.exec("commit");
    } catch (error) {
      this.#database.exec("rollback");
      throw error;
    }
  }

  count(): { regions: number; countries: number } {
    const counted = this.#database
      .prepare("select count(*) as regions, count(distinct country) as countries from regions")
      .get();
    return { regions: Number(counted?.["regions"]), countries: Number(counted?.["countries"]) };
  }

  all(): readonly Record<string, unknown>[] {
    return this.#database.prepare("select number, country, code, name from regions order by number").all();
  }

  close(): void {
    this.#database.close();
  }
}
