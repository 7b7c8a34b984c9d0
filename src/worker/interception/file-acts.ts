/**
 * Files. Writing acts outward; reading does not, but a continuation may read something else than its journal was written with.
 *
 * Left alone are questions about a file (`stat`, `access`, `exists`, `realpath`, `readlink`): packages ask them all the time to find their
 * own, and what is found that way is read or written next. So are acts on a descriptor, since its opening is told, and `watch`. Settings
 * are read by clients of services on their first request (`~/.aws/config`, a mounted token): they are the machine's, as variables are.
 */
import fs from "node:fs";
import { homedir } from "node:os";
import { resolve, sep } from "node:path";
import type { OutwardAct } from "./outward-act.ts";
import { fileName, pathText } from "./outward-names.ts";

const ON_ONE_PATH = [
  "appendFile",
  "chmod",
  "chown",
  "glob",
  "lchmod",
  "lchown",
  "lutimes",
  "mkdir",
  "mkdtemp",
  "open",
  "opendir",
  "readdir",
  "readFile",
  "rm",
  "rmdir",
  "truncate",
  "unlink",
  "utimes",
  "writeFile",
];
/** Named is the second path, which they make. */
const FROM_PATH_TO_PATH = ["copyFile", "cp", "link", "rename", "symlink"];
/** They have one form only. */
const IN_ONE_FORM = ["createReadStream", "createWriteStream", "mkdtempDisposableSync"];
const STREAMS = ["ReadStream", "WriteStream", "FileReadStream", "FileWriteStream"];
/** What settings are read with. */
const READING = new Set(["readFile", "readFileSync"]);
/** A file that a variable names is a setting. As they were when the process began: reading them later may be watched. */
const NAMED_BY_VARIABLES: ReadonlySet<string> = new Set(
  Object.values(process.env).filter((value) => value !== undefined),
);
/** What `fs.promises` has and gives back no promise for. */
const ITERATING = new Set(["glob"]);

export function fileActs(): readonly OutwardAct[] {
  const both = [...named(ON_ONE_PATH, 0), ...named(FROM_PATH_TO_PATH, 1)];
  return [
    ...both.flatMap(({ name, place }) => [fileAct(name, place), fileAct(`${name}Sync`, place)]),
    ...named(IN_ONE_FORM, 0).map(({ name, place }) => fileAct(name, place)),
    ...named(STREAMS, 0).map(({ name, place }) => fileAct(name, place, "class")),
    fileAct("openAsBlob", 0, "promising function"),
    ...[...both, { name: "mkdtempDisposable", place: 0 }].map(({ name, place }) =>
      fileAct(name, place, ITERATING.has(name) ? "function" : "promising function", fs.promises),
    ),
  ];
}

function named(names: readonly string[], place: number) {
  return names.map((name) => ({ name, place }));
}

function fileAct(name: string, place: number, form: OutwardAct["form"] = "function", owner: object = fs): OutwardAct {
  return {
    owner,
    name,
    form,
    kind: `node:fs ${name}`,
    what: (args) => [`node:fs ${name}`, fileName(args[place])].filter(Boolean).join(" "),
    isOutward: ([path, options]) =>
      !isDescriptor(path) && !hasDescriptor(options) && !(READING.has(name) && isSetting(path)),
  };
}

/** In a hidden folder of the home directory, or named by a variable. */
function isSetting(path: unknown): boolean {
  const given = pathText(path);
  if (given === undefined) return false;
  return NAMED_BY_VARIABLES.has(given) || resolve(given).startsWith(`${homedir()}${sep}.`);
}

function isDescriptor(path: unknown): boolean {
  return typeof path === "number" || hasDescriptor(path);
}

/** Handles have one, and options of streams that are made over one. */
function hasDescriptor(given: unknown): boolean {
  return typeof given === "object" && given !== null && "fd" in given && typeof given.fd === "number";
}
