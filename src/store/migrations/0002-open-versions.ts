/** Which versions have runs with work ahead, without reading the runs: a server asks it again and again. */
import { OPEN_STATUSES } from "../../core/run-state.ts";
import { hasStatus } from "../literals.ts";

export const OPEN_VERSIONS = {
  name: "0002-open-versions",
  statements: [
    `create index runs_open_version on runs (environment_id, task_version) where task_version is not null and ${hasStatus(...OPEN_STATUSES)}`,
  ],
};
