import type { AlertMessage } from "./channel.ts";

interface TellingData {
  readonly run?: {
    readonly id: string;
    readonly task: string;
    readonly attempt?: number;
    readonly maxAttempts?: number;
    readonly version?: string;
    readonly tags?: readonly string[];
    readonly createdAt?: string;
    readonly startedAt?: string;
  };
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
  readonly runs?: readonly {
    readonly id: string;
    readonly finishedAt?: string;
    readonly error?: { readonly name: string; readonly message: string };
  }[];
  readonly task?: string;
}

/** A message as a person reads it: what happened, the facts, and what to do about it. */
export function mailText({ type, text, timestamp, data }: AlertMessage): string {
  const { run, error, runs, task } = data as TellingData;
  const isHeld = type === "run.held" || type === "runs.held";
  const parts = [
    text,
    run && factsOf(run, timestamp),
    error && (error.stack ?? (isHeld ? error.message : `${error.name}: ${error.message}`)),
    runs
      ?.map((one) => `${one.finishedAt ?? ""} ${one.id} ${one.error?.name ?? ""}: ${one.error?.message ?? ""}`)
      .join("\n"),
    hints(run?.id, task, isHeld),
  ];
  return `${parts.filter((part) => part !== undefined && part !== "").join("\n\n")}\n`;
}

function factsOf(run: NonNullable<TellingData["run"]>, timestamp: string): string {
  const { id, task, attempt, maxAttempts, version, tags = [], createdAt, startedAt } = run;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Task", task],
    ["Run", id],
    ["Attempt", attempt === undefined ? undefined : `${attempt} of ${maxAttempts}`],
    ["Version", version],
    ["Tags", tags.length === 0 ? undefined : tags.join(", ")],
    ["Created", createdAt],
    ["Started", startedAt],
    ["Ended", timestamp],
  ];
  return facts.flatMap(([name, fact]) => (fact === undefined ? [] : [`${`${name}:`.padEnd(9)} ${fact}`])).join("\n");
}

function hints(runId: string | undefined, task: string | undefined, isHeld: boolean): string {
  if (runId !== undefined) {
    const next = isHeld
      ? `To go on with its kept steps: perdure runs restart ${runId}`
      : `To run it again:   perdure runs replay ${runId}`;
    return `To look at it:     perdure runs get ${runId}\n${next}`;
  }
  if (task === undefined) return "";
  return `To look at them: perdure runs list --task ${task} --status ${isHeld ? "waiting" : "failed"}`;
}
