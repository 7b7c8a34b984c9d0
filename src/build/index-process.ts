/**
 * The process that imports a version once, to say which tasks it holds: `node --enable-source-maps index-process.ts <bundle> <unnamed>`.
 * Users' code runs here for the first time, so everything that it can do to a process is done to this one.
 */
import { pathToFileURL } from "node:url";
import type { TaskManifest } from "../core/task-manifest.ts";
import { watchReads } from "../core/unnamed-variables.ts";
import { FILES_EXPORT, type FilesExport } from "./files-export.ts";

export interface FoundTask {
  /** The task file, as a path from the project's root. */
  readonly file: string;
  readonly exportName: string;
  readonly manifest: TaskManifest;
}

/** What this process says, once. */
export type IndexAnswer =
  | { readonly kind: "loaded"; readonly tasks: readonly FoundTask[] }
  | { readonly kind: "threw"; readonly message: string; readonly stack: string; readonly unnamed: readonly string[] };

/** Where `sdk/definition.ts` keeps a task's definition; every bundle has its own copy of that file. */
const DEFINITION = Symbol.for("perdure.task");

// Task files find no parent to speak to, or they would be taken for us.
const send = process.send?.bind(process);
delete process.send;
// Without a parent nobody would read the answer. The channel alone must not keep the process alive, so that an await which
// never settles ends it.
process.once("disconnect", () => process.exit());
process.channel?.unref();
process.on("uncaughtException", (thrown) => answer(describe(thrown)));

/** Variables that it asked for in vain. */
const missed: string[] = [];
const unnamed = JSON.parse(process.argv[3] ?? "[]") as readonly string[];
process.env = watchReads(process.env, unnamed, (name, hasValue) => void (hasValue || missed.push(name)));

try {
  const bundle = (await import(pathToFileURL(process.argv[2] ?? "").href)) as { [FILES_EXPORT]: FilesExport };
  answer({ kind: "loaded", tasks: listTasks(bundle[FILES_EXPORT]) });
} catch (thrown) {
  answer(describe(thrown));
}

/** A task that is exported twice is one task; two objects with one id are for the reader of this to judge. */
function listTasks(files: FilesExport): FoundTask[] {
  const seen = new Set<unknown>();
  return Object.entries(files).flatMap(([file, exported]) =>
    Object.entries(exported).flatMap(([exportName, candidate]) => {
      const manifest = manifestOf(candidate);
      if (manifest === undefined || seen.has(candidate)) return [];
      seen.add(candidate);
      return [{ file, exportName, manifest }];
    }),
  );
}

function manifestOf(candidate: unknown): TaskManifest | undefined {
  if (typeof candidate !== "object" || candidate === null) return undefined;
  return (candidate as { [DEFINITION]?: { readonly manifest: TaskManifest } })[DEFINITION]?.manifest;
}

function describe(thrown: unknown): IndexAnswer {
  if (!(thrown instanceof Error)) return { kind: "threw", message: String(thrown), stack: "", unnamed: missed };
  return { kind: "threw", message: thrown.message, stack: String(thrown.stack), unnamed: missed };
}

/** Whoever started this ends it, once the answer has been read. */
function answer(given: IndexAnswer): void {
  process.channel?.ref();
  send?.(given);
}
