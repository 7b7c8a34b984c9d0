/** The end of the end: final runs and unfinished batches are deleted, and the node is killed before and after it deletes them. Nothing may be left. */
import type { StubbornApplication } from "./application.ts";
import type { Cluster } from "./cluster.ts";
import { arm, type Failpoint } from "./failpoints.ts";
import { openLook } from "./look.ts";
import { ageBatches } from "./orphans.ts";
import { newId } from "./server.ts";
import { until } from "./until.ts";
import { PRUNING } from "./visits.ts";

/** Tables in which a run or a client left something; queues are declared again by each start. */
const TABLES = [
  "batch_items",
  "runs",
  "run_events",
  "entries",
  "waitpoints",
  "waitpoint_runs",
  "idempotency_keys",
  "blobs",
];

/** A batch whose last item never comes, as a client leaves it that is killed for good. */
export async function leaveUnfinishedBatch(app: StubbornApplication): Promise<void> {
  const { id: batchId } = await app.ask(({ calls }) => calls.createBatch({ batchId: newId("batch"), runCount: 2 }));
  const item = { index: 0, task: "row", options: {} };
  await app.ask(({ calls }) => calls.addBatchItems({ batchId, items: [item] }));
}

/**
 * @param cluster - Stopped; its nodes keep final runs for a moment only.
 * @returns What is left that should not be.
 */
export async function pruneAll(cluster: Cluster, onVisit: (failpoint: Failpoint) => void): Promise<readonly string[]> {
  const { folder } = cluster.place;
  cluster.whileDead = async () => undefined;
  await ageBatches(cluster.place);
  for (const failpoint of PRUNING) arm(folder, failpoint);
  await cluster.start();
  for (const failpoint of PRUNING) {
    await until(failpoint, () => cluster.deathAt(failpoint));
    onVisit(failpoint);
  }
  await until("all runs are deleted", async () => (await countIn(cluster, ["runs"])) === 0 || undefined);
  await cluster.untilReady();
  const problems = await cluster.stop();
  const left = await listLeft(cluster);
  return [...problems, ...left];
}

async function listLeft({ place }: Cluster): Promise<readonly string[]> {
  const look = openLook(place);
  try {
    const left: string[] = [];
    for (const table of TABLES) {
      const [row] = await look.all(`select count(*) as number from ${table}`);
      if (Number(row?.["number"]) > 0)
        left.push(`${row?.["number"]} rows of ${table} are left when all runs are deleted`);
    }
    const open = await look.all("select id from batches where sealed_at is null");
    if (open.length > 0) left.push(`${open.length} batches without their items are left`);
    return left;
  } finally {
    await look.close();
  }
}

async function countIn({ place }: Cluster, tables: readonly string[]): Promise<number> {
  const look = openLook(place);
  try {
    let count = 0;
    for (const table of tables)
      count += Number((await look.all(`select count(*) as number from ${table}`))[0]?.["number"]);
    return count;
  } finally {
    await look.close();
  }
}
