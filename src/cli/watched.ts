import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { CONFIG_NAMES, findLockFile, LOCK_FILES, USUAL_DIRS } from "../build/index.ts";
import type { Watched } from "./changes.ts";
import { DOT_ENV } from "./dot-env.ts";
import type { Project } from "./project.ts";

const TSCONFIG = /^tsconfig.*\.json$/;

/** What the version, the configuration and the variables of a project are made from. */
export function watchedOf(root: string, project: Project | undefined): Watched {
  const dirs = (project?.config.dirs ?? USUAL_DIRS).map((dir) => resolve(root, dir));
  const inputs = (project?.built.inputs ?? []).map((input) => resolve(root, input)).filter(isOwn);
  const names = [...CONFIG_NAMES, ...LOCK_FILES, ...tsconfigs(root), "package.json", DOT_ENV];
  const lockFile = findLockFile(root);
  return {
    trees: dirs.filter((dir) => existsSync(dir)),
    files: inputs,
    single: [...names.map((name) => join(root, name)), ...(lockFile === undefined ? [] : [lockFile])],
    parents: [root, ...dirs.map((dir) => dirname(dir)).filter((dir) => existsSync(dir))],
  };
}

/** The same, for a project that does not build: what it lacks may come to be in any of its folders. */
export function watchedWhole(root: string, project: Project | undefined): Watched {
  const watched = watchedOf(root, project);
  return { ...watched, trees: [root, ...watched.trees] };
}

/** Packages change with the lock file. */
function isOwn(file: string): boolean {
  return !file.split(sep).includes("node_modules");
}

function tsconfigs(root: string): readonly string[] {
  return existsSync(root) ? readdirSync(root).filter((name) => TSCONFIG.test(name)) : [];
}
