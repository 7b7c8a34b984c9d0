import { ALERT_TASK } from "../../src/core/alerts.ts";
import type { RunStatus } from "../../src/core/run-state.ts";
import type { Line } from "../e2e/effects.ts";
import type { Look } from "./look.ts";

/** One order at a moment: what the database and the world outside know of it. */
export interface Sight {
  /** Absent when there is no run of it. */
  readonly status: RunStatus | undefined;
  readonly epoch: number;
  /** Kinds of its events, in order. */
  readonly events: readonly string[];
  /** Kinds and keys of its journal's entries, as `step a`. */
  readonly entries: readonly string[];
  readonly children: readonly RunStatus[];
  readonly openWaits: number;
  readonly orphanBlobs: number;
  readonly halfBlobs: number;
  /** Runs that tell people of it. */
  readonly alerts: number;
  /** Idempotency keys under which a step's effect happened, in order. */
  effects(step: string): readonly (string | undefined)[];
  /** Steps that were taken back, in order. */
  readonly undone: readonly string[];
}

/** @param key - The idempotency key of the order. */
export async function see(look: Look, lines: readonly Line[], key: string): Promise<Sight> {
  const [run] = await look.all("select id, status, epoch from runs where idempotency_key = ?", key);
  const id = String(run?.["id"]);
  const column = async (name: string, text: string) => (await look.all(text, id)).map((row) => String(row[name]));
  const mine = lines.filter((line) => "run" in line && line.run === id);
  return {
    status: run?.["status"] as RunStatus | undefined,
    epoch: Number(run?.["epoch"] ?? 0),
    events: await column("kind", "select kind from run_events where run_id = ? order by seq"),
    entries: (await look.all("select kind, key from entries where run_id = ? order by seq", id)).map(
      (row) => `${row["kind"]} ${nameOf(String(row["key"]))}`,
    ),
    children: (await column(
      "status",
      "select status from runs where parent_run_id = ? order by created_at",
    )) as RunStatus[],
    openWaits: (await look.all("select 1 from waitpoints where run_id = ? and status = 'pending'", id)).length,
    orphanBlobs: (await look.orphanBlobs()).length,
    halfBlobs: look.halfBlobs().length,
    alerts: (await look.all("select 1 from runs where task = ? and tags like ?", ALERT_TASK, `%${id}%`)).length,
    effects: (step) => mine.flatMap((line) => (line.kind === "began" && line.step === step ? [line.key] : [])),
    undone: mine.flatMap((line) => (line.kind === "undid" ? [line.step] : [])),
  };
}

/** `step:a/a#1` → `a`. */
function nameOf(key: string): string {
  return key.replace(/^\w+:/, "").replace(/[/#].*$/, "");
}
