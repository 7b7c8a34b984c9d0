/**
 * How the loop has a node's store do what no call of a client asks for yet: by files in its folder, which the node's store takes
 * (`parts/answer-asked.ts`). Whoever asks asks again when the node that took it is gone.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { QueueWrites } from "../../src/store/queue-verbs.ts";
import { isOurs } from "./processes.ts";

export const ASKED = "asked";
const QUESTION = /^\d+$/;
const CLAIM = /^(\d+)\.by\.(\d+)$/;

type Verb = keyof QueueWrites;
type Wanted<Name extends Verb> = Omit<Parameters<QueueWrites[Name]>[0], "environmentId" | "now">;

interface Asked {
  readonly verb: Verb;
  readonly params: object;
}

let last = 0;

/** Resolves when the verb is committed, however many nodes died over it. */
export async function askStore<Name extends Verb>(folder: string, verb: Name, params: Wanted<Name>): Promise<void> {
  const name = String(++last);
  put(folder, name, { verb, params });
  while (!existsSync(join(folder, ASKED, answerName(name)))) {
    const claims = listClaims(folder).filter((claim) => claim.name === name);
    const isTaken = claims.some(({ pid }) => isOurs(pid));
    if (!isTaken && claims.length > 0) {
      for (const { file } of claims) rmSync(join(folder, ASKED, file), { force: true });
      put(folder, name, { verb, params });
    }
    await pause(10);
  }
}

export function listAsked(folder: string): readonly string[] {
  return readdirSync(join(folder, ASKED)).filter((file) => QUESTION.test(file));
}

export function readAsked(folder: string, file: string): Asked {
  return JSON.parse(readFileSync(join(folder, ASKED, file), "utf8")) as Asked;
}

export function claimName(name: string, pid: number): string {
  return `${name}.by.${pid}`;
}

export function answerName(name: string): string {
  return `${name}.answer`;
}

function put(folder: string, name: string, asked: Asked): void {
  const path = join(folder, ASKED, name);
  writeFileSync(`${path}.new`, JSON.stringify(asked));
  renameSync(`${path}.new`, path);
}

function listClaims(folder: string) {
  return readdirSync(join(folder, ASKED)).flatMap((file) => {
    const [, name, pid] = CLAIM.exec(file) ?? [];
    return name === undefined ? [] : [{ file, name, pid: Number(pid) }];
  });
}
