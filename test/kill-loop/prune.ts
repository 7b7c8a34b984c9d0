/** The end of the end: final runs, what they recorded automatically and unfinished batches are deleted, and the node is killed before and after it deletes them. Nothing may be left. */
import type { StubbornApplication } from "./application.ts";
import type { Cluster } from "./cluster.ts";
import { arm, type Failpoint } from "./failpoints.ts";
import { openLook } from "./look.ts";
import { ageBatches, leaveRecords } from "./orphans.ts";
import { newId } from "./server.ts";
import { type Settings, writeSettings } from "./settings.ts";
import { until } from "./until.ts";

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
 * @param cluster - Stopped.
 * @param settings - Of its nodes, which keep final runs for a moment only in the end.
 * @returns What is left that should not be.
 */
export async function pruneAll(
  cluster: Cluster,
  settings: Settings,
  onVisit: (failpoint: Failpoint) => void,
): Promise<readonly string[]> {
  const { folder } = cluster.place;
  cluster.whileDead = async () => undefined;
  await ageBatches(cluster.place);
  await leaveRecords(cluster.place);
  writeSettings(folder, settings);
  await visitAll(cluster, ["before the commit of deleteBatches", "after the commit of deleteBatches"], onVisit);
  writeSettings(folder, { ...settings, recordsMs: 0 });
  await visitAll(cluster, ["before the commit of deleteRecords", "after the commit of deleteRecords"], onVisit);
  const kept = "runs where automatic = 1";
  await until("all records are deleted", async () => (await countIn(cluster, [kept])) === 0 || undefined);
  // Later, since these loops begin at once, and what commits together is heard of together.
  writeSettings(folder, { ...settings, retentionMs: 1 });
  await visitAll(cluster, ["before the commit of deleteRuns", "after the commit of deleteRuns"], onVisit);
  await until("all runs are deleted", async () => (await countIn(cluster, ["runs"])) === 0 || undefined);
  await cluster.untilReady();
  const problems = await cluster.stop();
  const left = await listLeft(cluster);
  return [...problems, ...left];
}

/** The nodes begin anew with failpoints that are reached at each start. */
async function visitAll(
  cluster: Cluster,
  failpoints: readonly Failpoint[],
  onVisit: (failpoint: Failpoint) => void,
): Promise<void> {
  for (const failpoint of failpoints) arm(cluster.place.folder, failpoint);
  if (cluster.servers.some(({ isAlive }) => isAlive))
    for (const server of cluster.servers) await cluster.killNode(server);
  else await cluster.start();
  for (const failpoint of failpoints) {
    await until(failpoint, () => cluster.deathAt(failpoint));
    onVisit(failpoint);
  }
  await cluster.untilReady();
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
