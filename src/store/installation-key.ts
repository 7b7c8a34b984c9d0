/**
 * The key that everything users gave us is encrypted with, and the proof in the database that it is the right one.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { createSeal, KEY_BYTES, NONCE_BYTES, type StreamSeal } from "./seal.ts";
import { sql } from "./sql.ts";
import type { Statements } from "./verb.ts";

/** Where the key comes from. `isInstalled` says whether the database has a key already, so that no second one is made. */
export type FindKey = (isInstalled: boolean) => Uint8Array;

const PROOF = "perdure";

/**
 * Compares the key with the database, or notes it in a new one. To be run in the transaction that migrates.
 *
 * @returns The key.
 * @throws {PerdureError} `ENCRYPTION_KEY_WRONG`, before anything was written.
 */
export function* checkKey(findKey: FindKey, env: Env, path: string): Statements<Uint8Array> {
  yield sql`create table if not exists installation (name text primary key, sealed bytea not null)`;
  const [proof] = yield sql`select sealed from installation where name = ${PROOF}`;
  const key = findKey(proof !== undefined);
  const seal = sealWith(key, env, path);
  if (proof === undefined) yield sql`insert into installation (name, sealed) values (${PROOF}, ${seal.close(PROOF)})`;
  else seal.open(proof["sealed"] as Uint8Array);
  return key;
}

export function sealWith(key: Uint8Array, env: Env, path: string): StreamSeal {
  return createSeal(key, env.randomBytes(NONCE_BYTES), path);
}

/** The key given as an option or in the environment; absent when there is none. */
export function findGivenKey(option: string | undefined): Uint8Array | undefined {
  const text = option ?? process.env["PERDURE_ENCRYPTION_KEY"];
  return text === undefined || text.trim() === "" ? undefined : parseKey(text, "The encryption key");
}

/** The key in the file beside the database, made on the first start. Losing that file is losing the data. */
export function keyBeside(databasePath: string, env: Env): FindKey {
  const path = `${databasePath}.key`;
  return (isInstalled) => {
    if (existsSync(path)) return parseKey(readFileSync(path, "utf8"), `The key file ${path}`);
    if (isInstalled)
      throw perdureError(
        "ENCRYPTION_KEY_WRONG",
        { path: databasePath },
        { cause: new Error(`There is no key file ${path}`) },
      );
    const key = env.randomBytes(KEY_BYTES);
    writeKeyFile(path, key);
    return key;
  };
}

/** On the disk before the database refers to it, and under its name only when it is whole. */
function writeKeyFile(path: string, key: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, `${Buffer.from(key).toString("base64")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** A new name in a folder is durable only when the folder is. Windows has no such call and needs none. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function parseKey(text: string, what: string): Uint8Array {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, "hex") : Buffer.from(trimmed, "base64");
  if (key.length !== KEY_BYTES) {
    throw perdureError("OPTION_INVALID", {
      what,
      problem: `it must be ${KEY_BYTES} bytes as base64 or hex; make one with: openssl rand -base64 ${KEY_BYTES}`,
    });
  }
  return Uint8Array.from(key);
}
