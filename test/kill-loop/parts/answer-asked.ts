import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../../src/store/store.ts";
import { ASKED, answerName, claimName, listAsked, readAsked } from "../asking.ts";
import { ENVIRONMENT } from "../environment.ts";
import { FOLDER_VARIABLE } from "../failpoints.ts";

const LOOK_MS = 20;

/** A store that also does what it is asked to by files, until it is closed. */
export function answerAsked(store: Store): Store {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) return store;
  const looking = setInterval(() => {
    for (const name of listAsked(folder)) void answer(store, folder, name);
  }, LOOK_MS);
  return {
    ...store,
    now: () => store.now(),
    close() {
      clearInterval(looking);
      return store.close();
    },
  };
}

async function answer(store: Store, folder: string, name: string): Promise<void> {
  const claim = claimName(name, process.pid);
  try {
    renameSync(join(folder, ASKED, name), join(folder, ASKED, claim));
  } catch {
    // Another node was here first.
    return;
  }
  const { verb, params } = readAsked(folder, claim);
  const call = store[verb] as (params: unknown) => Promise<unknown>;
  const result = await call({ environmentId: ENVIRONMENT, now: store.now(), ...params });
  const path = join(folder, ASKED, answerName(name));
  writeFileSync(`${path}.new`, JSON.stringify(result));
  renameSync(`${path}.new`, path);
}
