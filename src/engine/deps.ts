import type { AlertRule } from "../core/alerts.ts";
import type { Env } from "../core/env.ts";
import type { LogLine } from "../core/log-line.ts";
import type { Redact } from "../core/redact.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../store/telemetry/telemetry.ts";
import type { Code } from "./code.ts";
import type { Endings } from "./endings.ts";
import type { Hints } from "./hints.ts";
import type { Listeners } from "./listeners.ts";
import type { RunNews } from "./run-news.ts";

/** What every use-case works with. */
export interface EngineDeps {
  readonly store: Store;
  readonly env: Env;
  readonly environmentId: string;
  /** As it is now: another version may be the latest a moment later. */
  readonly code: Code;
  readonly alerts: readonly AlertRule[];
  readonly taskVersion: string | undefined;
  readonly leaseMs: number;
  readonly hints: Hints;
  readonly endings: Endings;
  readonly news: Listeners<RunNews>;
  /** Absent: what runs log is not stored. */
  readonly telemetry: Telemetry | undefined;
  /** Woken when lines of a run have been stored. */
  readonly lineNews: Endings;
  readonly onLog: (line: LogLine) => void;
  /** Takes secrets out of what is shown of a run's insides. */
  readonly redact: Redact;
  /** Runs of which the warning about their large journal is known to be written. */
  readonly largeJournals: Set<string>;
}

/** The two parameters that every write takes. */
export function at({ store, environmentId }: EngineDeps): { environmentId: string; now: number } {
  return { environmentId, now: store.now() };
}
