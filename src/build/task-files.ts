import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import { perdureError } from "../core/errors.ts";

/** Where task files lie in a project that names no folders. */
export const USUAL_DIRS = ["tasks", "trigger", "src/tasks", "src/trigger"];
const CODE = /\.[cm]?[jt]sx?$/;
const NO_TASKS = /\.d\.[cm]?ts$|\.(?:test|spec)\.[cm]?[jt]sx?$|\.[cm][jt]sx$/;

/**
 * The task files of the project at `root`, as paths from there with forward slashes, in an order that is the same everywhere.
 *
 * @param dirs - The folders to look in, below which every folder counts. Default: those of the usual ones that exist.
 * @throws {PerdureError} `TASK_FILES_MISSING` when a named folder is missing, no usual one exists, or none holds a file.
 */
export async function findTaskFiles(root: string, dirs?: readonly string[]): Promise<readonly string[]> {
  const folders = dirs === undefined ? findUsualDirs(root) : checkDirs(root, dirs);
  const found = await Promise.all(folders.map((folder) => listFolder(root, folder)));
  const files = [...new Set(found.flat())].filter(isTaskFile).sort();
  if (files.length === 0) refuse(`none lies in ${folders.join(", ")}`);
  return files;
}

function findUsualDirs(root: string): readonly string[] {
  const found = USUAL_DIRS.filter((dir) => isFolder(join(root, dir)));
  if (found.length === 0)
    refuse(`the project has no folder ${USUAL_DIRS.slice(0, -1).join(", ")} or ${USUAL_DIRS.at(-1)}`);
  return found;
}

function checkDirs(root: string, dirs: readonly string[]): readonly string[] {
  const missing = dirs.find((dir) => !isFolder(join(root, dir)));
  if (missing !== undefined) refuse(`the folder ${missing} does not exist`);
  if (dirs.length === 0) refuse("dirs names no folder");
  return dirs.map((dir) => posix.normalize(dir.split(sep).join("/")).replace(/\/$/, ""));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Links to folders are not followed: they can lead in circles, and to files that belong to somebody else. */
async function listFolder(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const listed = entries.map((entry) => {
    const path = posix.join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name === "node_modules" || entry.name.startsWith(".") ? [] : listFolder(root, path);
  });
  return (await Promise.all(listed)).flat();
}

function isTaskFile(path: string): boolean {
  return CODE.test(path) && !NO_TASKS.test(path);
}

function refuse(problem: string): never {
  throw perdureError("TASK_FILES_MISSING", { problem });
}
