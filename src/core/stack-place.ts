const FRAME = /^\s+at (?:async )?(?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\).+?):(\d+):(\d+)\)?$/gm;

/**
 * The place in a stack that the user can do something about: the first line of the project's own code, else the first of
 * any file. As `file:line:column`, from the project's root.
 */
export function findPlace(stack: string, root: string): string | undefined {
  const from = partsOf(root);
  const frames = [...stack.matchAll(FRAME)].map(([, file = "", line, column]) => ({
    file: relativePath(from, partsOf(file)),
    position: `${line}:${column}`,
  }));
  const place = frames.find(({ file }) => isOwn(file)) ?? frames[0];
  return place === undefined ? undefined : `${place.file.join("/")}:${place.position}`;
}

function isOwn(file: readonly string[]): boolean {
  return file[0] !== ".." && !isDrive(file[0]) && !file.includes("node_modules");
}

/** Of a path or a file URL, on any system. */
function partsOf(file: string): readonly string[] {
  const path = file.startsWith("file:") ? pathOf(file) : file;
  return path.split(/[/\\]/).filter(Boolean);
}

function pathOf(url: string): string {
  const { pathname } = new URL(url);
  try {
    return decodeURIComponent(pathname);
  } catch {
    // Code may call itself what it likes.
    return pathname;
  }
}

function relativePath(from: readonly string[], to: readonly string[]): readonly string[] {
  const differing = from.findIndex((part, i) => part !== to[i]);
  const shared = differing < 0 ? from.length : differing;
  if (shared === 0 && isDrive(to[0])) return to;
  return [...from.slice(shared).map(() => ".."), ...to.slice(shared)];
}

function isDrive(part: string | undefined): boolean {
  return part !== undefined && /^[A-Za-z]:$/.test(part);
}
