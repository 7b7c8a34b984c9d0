/** A Postgres for a loop that is run by hand: started by it, and hurt by it. */

import pg from "pg";
import { startPostgres } from "../postgres-server.ts";

export interface LoopPostgres {
  readonly url: string;
  /** Kills the process behind one connection of a node: Postgres then ends all of them and recovers from its log. */
  killBackend(): Promise<void>;
  stop(): Promise<void>;
}

export async function startLoopPostgres(): Promise<LoopPostgres> {
  const { url, stop } = await startPostgres();
  return {
    url,
    stop,
    async killBackend() {
      const client = new pg.Client({ connectionString: url });
      client.on("error", () => undefined);
      try {
        await client.connect();
        const { rows } = await client.query(
          "select pid from pg_stat_activity where application_name = 'perdure' order by random() limit 1",
        );
        const pid = Number(rows[0]?.["pid"]);
        if (pid > 0) process.kill(pid, "SIGKILL");
      } catch {
        // It may still be recovering from the last time.
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}
