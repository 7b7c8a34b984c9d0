/**
 * Other processes and threads, and the database that the runtime brings along. What a native package does by itself, such as another
 * SQLite, cannot be seen from here.
 */
import childProcess from "node:child_process";
import cluster from "node:cluster";
import workerThreads from "node:worker_threads";
import type { OutwardAct } from "./outward-act.ts";
import { fileName, programName } from "./outward-names.ts";

const PROGRAMS = ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync"];

export function processActs(): readonly OutwardAct[] {
  return [
    ...PROGRAMS.map((name) => processAct(name, programName)),
    processAct("fork", fileName),
    { owner: cluster, name: "fork", form: "function", kind: "cluster fork", what: () => "node:cluster fork" },
    {
      owner: workerThreads,
      name: "Worker",
      form: "class",
      kind: "Worker",
      what: ([file, options]) => {
        const isCode = (options as { eval?: boolean } | undefined)?.eval === true;
        return ["node:worker_threads Worker", isCode ? undefined : fileName(file)].filter(Boolean).join(" ");
      },
    },
    ...databaseActs(),
  ];
}

function processAct(name: string, nameOf: (command: unknown) => string | undefined): OutwardAct {
  return {
    owner: childProcess,
    name,
    form: "function",
    kind: `child_process ${name}`,
    what: ([command]) => [`node:child_process ${name}`, nameOf(command)].filter(Boolean).join(" "),
    // What is written to the child belongs to it.
    opens: (child) => [(child as { stdin?: unknown } | null)?.stdin],
  };
}

const IN_MEMORY = new Set<unknown>([":memory:", ""]);

function databaseActs(): readonly OutwardAct[] {
  const sqlite = loadSqlite();
  if (sqlite === undefined) return [];
  const { DatabaseSync } = sqlite;
  const use = (name: string): OutwardAct => ({
    owner: DatabaseSync.prototype,
    name,
    form: "function",
    kind: "sqlite",
    what: () => `node:sqlite ${name}`,
    isOutward: (_, database) => !isInMemory(database as InstanceType<typeof DatabaseSync>),
    through: (_, database) => database,
    opens: (_, database) => [database],
  });
  return [
    {
      owner: sqlite,
      name: "DatabaseSync",
      form: "class",
      kind: "sqlite",
      what: ([file]) => ["node:sqlite DatabaseSync", fileName(file)].filter(Boolean).join(" "),
      isOutward: ([file]) => !IN_MEMORY.has(file),
      opens: (database) => [database],
    },
    ...["open", "exec", "prepare"].map(use),
  ];
}

/** A runtime that cannot tell where a database lies has it on the disk. */
function isInMemory(database: { readonly isOpen?: boolean; location?(): string | null }): boolean {
  return database.isOpen !== false && database.location?.() === null;
}

/** Some versions call it experimental when it is loaded; that is for those to hear who use it. */
function loadSqlite(): typeof import("node:sqlite") | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
