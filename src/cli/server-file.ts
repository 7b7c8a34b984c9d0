import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { perdureError } from "../core/errors.ts";
import { PERDURE_FOLDER } from "./folder.ts";
import type { ServeEvent } from "./serve.ts";

/** What `.perdure/server.json` says of the server that serves its project, for the commands of whoever works there. */
export interface ServerFile {
  readonly url: string;
  /** Left out where the server was given its key: whoever asks has to know it too. */
  readonly secretKey?: string;
  readonly pid: number;
  readonly startedAt: string;
}

const NAME = "server.json";

export function serverFilePath(root: string): string {
  return join(root, PERDURE_FOLDER, NAME);
}

/** For its owner alone, and there whole or not at all. */
export function writeServerFile(root: string, file: ServerFile): void {
  const path = serverFilePath(root);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The same, for a server: it serves whether or not its own folder lets it say so. */
export function announce(root: string, file: ServerFile, onEvent: (event: ServeEvent) => void): void {
  try {
    writeServerFile(root, file);
  } catch (error) {
    const { code, message } = perdureError("FILE_NOT_WRITABLE", {
      path: serverFilePath(root),
      problem: (error as Error).message,
    });
    onEvent({ level: "warn", message, code });
  }
}

/** Leaves the file of a server that was started meanwhile. */
export function removeServerFile(root: string, pid: number): void {
  if (readServerFile(root)?.pid === pid) rmSync(serverFilePath(root), { force: true });
}

/** What the project at `root` says; undefined when nothing does, or nothing that can be read. */
export function readServerFile(root: string): ServerFile | undefined {
  try {
    const file = JSON.parse(readFileSync(serverFilePath(root), "utf8")) as Partial<ServerFile> | null;
    const { url, secretKey, pid, startedAt } = file ?? {};
    if (typeof url !== "string" || !Number.isSafeInteger(pid) || Number(pid) <= 0) return undefined;
    const key = typeof secretKey === "string" ? { secretKey } : {};
    return { url, ...key, pid: Number(pid), startedAt: String(startedAt) };
  } catch {
    return undefined;
  }
}

/** That of the nearest project upwards from `folder`, and where it lies. */
export function findServerFile(folder: string): { readonly root: string; readonly file: ServerFile } | undefined {
  for (let root = resolve(folder); ; root = dirname(root)) {
    const file = existsSync(serverFilePath(root)) ? readServerFile(root) : undefined;
    if (file !== undefined) return { root, file };
    if (root === dirname(root)) return undefined;
  }
}

/** A process with this number exists; after a crash and long enough it may be another one. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const ANSWER_MS = 1_000;

/** The server that the project at `root` names, if it answers. */
export async function findRunning(root: string): Promise<ServerFile | undefined> {
  const file = readServerFile(root);
  if (file === undefined || file.pid === process.pid || !isAlive(file.pid)) return undefined;
  try {
    const { ok } = await fetch(new URL("/healthz", file.url), { signal: AbortSignal.timeout(ANSWER_MS) });
    return ok ? file : undefined;
  } catch {
    return undefined;
  }
}
