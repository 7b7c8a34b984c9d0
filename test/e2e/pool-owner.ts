/** A node with a pool, in a process that the tests kill: says when it is ready, and begins what it is told. */
import { startNodeWithPool } from "./node-with-pool.ts";

const { task, payload } = JSON.parse(process.argv[2] ?? "{}") as { task?: string; payload?: unknown };
const { pool, trigger } = await startNodeWithPool({ variableNames: ["PERDURE_TEST_PORT"] });
if (task !== undefined) await trigger(task, payload);
pool.onChange(sayReady);
sayReady();

function sayReady(): void {
  if (pool.state.ready > 0) console.log("ready");
}
