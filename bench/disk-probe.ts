/**
 * What the disk gives in this minute: `node bench/disk-probe.ts <folder>` prints single commits per second (one row each,
 * `synchronous=FULL`, as SQLite does them for a program that groups nothing) and rewrites of 4 KB with fdatasync per second.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface DiskRates {
  readonly commitsPerSecond: number;
  readonly syncsPerSecond: number;
}

const WINDOW_MS = 200;
const PAGE_BYTES = 4_096;

const [folder = "."] = process.argv.slice(2);
const rates: DiskRates = { commitsPerSecond: countCommits(folder), syncsPerSecond: countSyncs(folder) };
console.log(JSON.stringify(rates));

function countCommits(folder: string): number {
  const database = new DatabaseSync(join(folder, "probe.db"));
  database.exec(
    "pragma journal_mode = wal; pragma synchronous = full; create table probe (id integer primary key, x text)",
  );
  const insert = database.prepare("insert into probe (x) values (?)");
  const perSecond = ratePerSecond(() => insert.run("x".repeat(200)));
  database.close();
  return perSecond;
}

function countSyncs(folder: string): number {
  const file = openSync(join(folder, "probe.bin"), "w");
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const perSecond = ratePerSecond(() => {
    writeSync(file, page, 0, PAGE_BYTES, 0);
    fdatasyncSync(file);
  });
  closeSync(file);
  return perSecond;
}

function ratePerSecond(act: () => void): number {
  const startedAt = performance.now();
  let count = 0;
  let elapsedMs = 0;
  while (elapsedMs < WINDOW_MS) {
    act();
    count++;
    elapsedMs = performance.now() - startedAt;
  }
  return (count * 1_000) / elapsedMs;
}
