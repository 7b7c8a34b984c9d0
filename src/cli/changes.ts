import { existsSync, type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { Env, Timer } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";

/** What of a project is looked after. All paths are absolute. */
export interface Watched {
  /** Folders in which, and below which, every file of code counts. */
  readonly trees: readonly string[];
  /** Files that count wherever they lie; in their folders every other file of code does, since it may be found before them. */
  readonly files: readonly string[];
  /** Files that count, and whose neighbours do not. */
  readonly single: readonly string[];
  /** Folders of which it counts that something is made in them, or goes. */
  readonly parents: readonly string[];
}

export interface Changes {
  /**
   * Looks after these from here on, and no longer after others. A file that has changed since then, while nobody looked, counts:
   * `since` is on the wall clock.
   */
  follow(watched: Watched, since: number): void;
  close(): void;
}

export interface ChangesOptions {
  readonly env: Env;
  /** Called once for all changes that come in quick succession. */
  readonly onChange: () => void;
  /** Paths without which nothing goes on, and who is told when one that was there is gone. */
  readonly vital: readonly string[];
  readonly onGone: (path: string) => void;
  readonly onProblem: (error: unknown) => void;
}

/** An editor writes a file in several strokes, a checkout many files: all within this time of each other are one change. */
const QUIET_MS = 80;
/** But files that are written all the time do not put the others off for ever. */
const LONGEST_MS = 1_000;
/** More would take a system's watches for what can hardly be a project's code. */
const MOST_FOLDERS = 4_000;
const CODE = /\.(?:[cm]?[jt]sx?|json)$/;
const NOT_OURS = /^(?:node_modules$|\.)/;

/**
 * Tells when files change, by the system's watches. Folders are watched and not files: an editor that puts a new file in the
 * place of the old one, and a file that is new or gone, are seen alike. Each folder has a watch of its own, since a recursive one
 * would take one for every file in `node_modules`.
 */
export function createChanges({ env, onChange, onGone, vital, onProblem }: ChangesOptions): Changes {
  const folders = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  let trees: readonly string[] = [];
  let files: ReadonlySet<string> = new Set();
  let homes: ReadonlySet<string> = new Set();
  let parents: ReadonlySet<string> = new Set();
  let timer: Timer | undefined;
  let firstAt: number | undefined;
  let present: readonly string[] = [];
  let hasComplained = false;

  return {
    follow(watched, since) {
      // The watch that would tell may have gone with it.
      const gone = present.find((path) => !existsSync(path));
      if (gone !== undefined) onGone(gone);
      present = vital.filter((path) => existsSync(path));
      const known = new Set(folders.keys());
      trees = watched.trees;
      files = new Set([...watched.files, ...watched.single]);
      homes = new Set(watched.files.map((file) => dirname(file)));
      parents = new Set(watched.parents);
      const wanted = new Set([...parents, ...homes, ...watched.single.map((file) => dirname(file))]);
      for (const folder of wanted) enter(folder);
      for (const tree of trees) enterTree(tree, wanted);
      for (const folder of folders.keys()) if (!wanted.has(folder)) leave(folder);
      if (watched.files.some((file) => !known.has(dirname(file)) && changedAt(file) >= since)) later();
    },
    close() {
      timer?.clear();
      for (const folder of [...folders.keys()]) leave(folder);
    },
  };

  /** Watched before it is read, so that nothing can be made between the two. */
  function enterTree(folder: string, wanted: Set<string>): void {
    if (wanted.size >= MOST_FOLDERS) return;
    wanted.add(folder);
    enter(folder);
    for (const name of subfolders(folder)) enterTree(join(folder, name), wanted);
  }

  /** A folder that was deleted and made again has a watch that hears nothing. */
  function enter(folder: string): void {
    const identity = identityOf(folder);
    if (folders.get(folder)?.identity === identity) return;
    leave(folder);
    if (identity === undefined) return;
    try {
      const watcher = watch(folder, (_, name) => hear(folder, name));
      watcher.on("error", (error) => {
        leave(folder);
        complain(folder, error);
      });
      folders.set(folder, { watcher, identity });
    } catch (error) {
      complain(folder, error);
    }
  }

  function leave(folder: string): void {
    folders.get(folder)?.watcher.close();
    folders.delete(folder);
  }

  function complain(path: string, error: unknown): void {
    if (hasComplained || !existsSync(path)) return;
    hasComplained = true;
    onProblem(perdureError("FOLDER_NOT_WATCHED", { path, problem: (error as Error).message }, { cause: error }));
  }

  function hear(folder: string, name: string | null): void {
    const gone = present.find((path) => !existsSync(path));
    if (gone !== undefined) onGone(gone);
    else if (name === null || counts(folder, name)) later();
  }

  function counts(folder: string, name: string): boolean {
    const path = join(folder, name);
    if (files.has(path)) return true;
    const isInside = homes.has(folder) || trees.some((tree) => path.startsWith(tree + sep));
    if (NOT_OURS.test(basename(path)) || !(isInside || parents.has(folder))) return false;
    // What was watched as a folder may be gone by now.
    if (folders.has(path) || identityOf(path) !== undefined) return true;
    return isInside && CODE.test(name);
  }

  function later(): void {
    const now = env.monotonic();
    firstAt ??= now;
    timer?.clear();
    timer = env.timer(Math.min(QUIET_MS, Math.max(0, firstAt + LONGEST_MS - now)), () => {
      firstAt = undefined;
      onChange();
    });
  }
}

/** Of a folder; undefined for anything else. A number alone is given to the next one as soon as it is free. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found?.isDirectory() ? `${found.dev}:${found.ino}:${found.birthtimeNs}` : undefined;
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function subfolders(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !NOT_OURS.test(entry.name)).map(({ name }) => name);
  } catch {
    return [];
  }
}
