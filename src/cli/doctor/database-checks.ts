import { accessSync, constants, existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { inspectFile, inspectPostgres, isPostgres, pathOf } from "../../store/index.ts";
import { createSystemEnv } from "../../system/index.ts";
import { bytesText } from "../table.ts";
import { type Finding, fail, failed, ok, type Patient, warn } from "./finding.ts";

const LITTLE_SPACE = 1024 ** 3;
const NO_SPACE = 100 * 1024 ** 2;
/** A node takes its time from the database; what it writes to logs and answers is its own. */
const CLOCK_TOLERANCE_MS = 2_000;

export async function checkDatabase({ db, variables }: Patient): Promise<readonly Finding[]> {
  if (isPostgres(db)) return [await checkPostgres(db), checkGivenKey(variables)];
  if (db === ":memory:")
    return [warn("database", "It is in memory, and gone with its process.", "Give the path of a file.")];
  const place = findPath(db);
  if (typeof place !== "string") return [place];
  return [...(await checkFile(place, variables)), await checkSpace(place)];
}

function findPath(db: string): string | Finding {
  try {
    return resolve(pathOf(db));
  } catch (error) {
    return failed("database", error, "Correct --db or PERDURE_DATABASE_URL.");
  }
}

async function checkPostgres(url: string): Promise<Finding> {
  const cure = "Check the address, user, password and name of the database.";
  try {
    const { version, aheadMs } = await inspectPostgres(url, createSystemEnv());
    if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) return ok("database", `Postgres ${version} answers.`);
    const by = `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`;
    return warn("database", `The clock of Postgres ${version} is ${by}.`, "Set both by NTP.");
  } catch (error) {
    return failed("database", error, cure);
  }
}

/** Nodes that share a database need the same key, so it lies in no file of one of them. */
function checkGivenKey(variables: Patient["variables"]): Finding {
  if (variables["PERDURE_ENCRYPTION_KEY"]) return ok("encryption key", "PERDURE_ENCRYPTION_KEY is set.");
  const cure = "Set it on every node to the same output of: openssl rand -base64 32";
  return fail("encryption key", "PERDURE_ENCRYPTION_KEY is not set, and Postgres needs it.", cure);
}

async function checkFile(path: string, variables: Patient["variables"]): Promise<readonly Finding[]> {
  const cure = "Move the file to a folder of a local disk in which this user may write.";
  try {
    // The first start makes the last folder of the path.
    const folder = existsSync(dirname(path)) ? dirname(path) : dirname(dirname(path));
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { exists, isOnNetwork, isNewer, migration, bytes, holder, keyFile } = await inspectFile(path);
    if (isOnNetwork)
      return [fail("database", `${path} lies on a network disk, whose locks SQLite cannot rely on.`, cure)];
    if (!exists) return [ok("database", `${path} will be made by the first start.`)];
    accessSync(path, constants.R_OK | constants.W_OK);
    if (isNewer)
      return [fail("database", `${path} was written by a newer Perdure (migration ${migration}).`, "Update Perdure.")];
    const where = holder === undefined ? "nobody has it open" : `process ${holder.pid} has it open`;
    return [
      ok("database", `${path}, ${bytesText(bytes)}, migration ${migration}; ${where}.`),
      checkKeyFile(keyFile, path, variables),
    ];
  } catch (error) {
    return [failed("database", error, cure)];
  }
}

function checkKeyFile(
  file: { readonly path: string; readonly mode: number } | undefined,
  path: string,
  variables: Patient["variables"],
): Finding {
  if (variables["PERDURE_ENCRYPTION_KEY"]) return ok("encryption key", "PERDURE_ENCRYPTION_KEY is set.");
  if (file === undefined)
    return fail(
      "encryption key",
      `The key file ${path}.key is gone: nothing that is stored can be read.`,
      "Restore it from the backup, or set PERDURE_ENCRYPTION_KEY to its content.",
    );
  if (process.platform === "win32" || (file.mode & 0o077) === 0)
    return ok("encryption key", `${file.path} is there, for its owner alone. Back it up.`);
  return warn("encryption key", `Others may read ${file.path}.`, `chmod 600 ${file.path}`);
}

async function checkSpace(path: string): Promise<Finding> {
  const folder = existsSync(dirname(path)) ? dirname(path) : dirname(dirname(path));
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const sentence = `${bytesText(free)} are free on the disk of ${folder}.`;
    if (free < NO_SPACE) return fail("disk", sentence, "Free space: nothing new is accepted when the disk is full.");
    return free < LITTLE_SPACE ? warn("disk", sentence, "Free space before it runs out.") : ok("disk", sentence);
  } catch (error) {
    return failed("disk", error, "Check the folder of the database.");
  }
}
