import { RUNS } from "./0001-runs.ts";
import { OPEN_VERSIONS } from "./0002-open-versions.ts";
import { BATCHES } from "./0003-batches.ts";
import { API_KEYS } from "./0004-api-keys.ts";
import { PAUSED_QUEUES } from "./0005-paused-queues.ts";
import { QUARANTINE } from "./0006-quarantine.ts";
import { READY_OF_VERSION } from "./0007-ready-of-version.ts";
import { AUTOMATIC_EFFECTS } from "./0008-automatic-effects.ts";

/** All steps from an empty database to the schema of this version, in order. One that was released is never edited. */
export const MIGRATIONS: readonly { readonly name: string; readonly statements: readonly string[] }[] = [
  RUNS,
  OPEN_VERSIONS,
  BATCHES,
  API_KEYS,
  PAUSED_QUEUES,
  QUARANTINE,
  READY_OF_VERSION,
  AUTOMATIC_EFFECTS,
];
