import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const FRAME = /^\s+at (?:async )?(?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\).+?):(\d+):(\d+)\)?$/gm;

/**
 * The place in a stack that the user can do something about: the first line of the project's own code, else the first of
 * any file. As `file:line:column`, from the project's root.
 */
export function findPlace(stack: string, root: string): string | undefined {
  const frames = [...stack.matchAll(FRAME)].map(([, file = "", line, column]) => ({
    file: relative(root, file.startsWith("file:") ? fileURLToPath(file) : file),
    position: `${line}:${column}`,
  }));
  const place = frames.find(({ file }) => isOwn(file)) ?? frames[0];
  return place === undefined ? undefined : `${place.file.split(sep).join("/")}:${place.position}`;
}

function isOwn(file: string): boolean {
  return !file.startsWith("..") && !isAbsolute(file) && !file.split(sep).includes("node_modules");
}
