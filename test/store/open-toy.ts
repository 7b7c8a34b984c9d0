import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openStoreWith } from "../../src/store/open-store.ts";
import type { Definition, StoreOptions } from "../../src/store/store-options.ts";
import { realEnv, type ToyStore, toyDefinition } from "./toy-verbs.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "perdure-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store of notes, closed after the test. */
export async function openToy(
  db: string,
  options: Partial<StoreOptions> = {},
  definition: Definition = toyDefinition,
): Promise<ToyStore> {
  const store = (await openStoreWith({ db, env: realEnv, ...options }, definition)) as unknown as ToyStore;
  onTestFinished(() => store.close());
  return store;
}

/** The error that a promise was rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown");
}
