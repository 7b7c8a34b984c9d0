import type { RunObject } from "../sdk/index.ts";
import type { Color, Terminal } from "./terminal.ts";

const STATUS_COLORS: Readonly<Record<RunObject["status"], Color>> = {
  queued: "gray",
  executing: "blue",
  waiting: "yellow",
  completed: "green",
  failed: "red",
  canceled: "gray",
};

const WIDEST_STATUS = Math.max(...Object.keys(STATUS_COLORS).map(({ length }) => length));

/** A run in one line. */
export function runLine(run: RunObject, terminal: Terminal): string {
  const status = terminal.paint(run.status.padEnd(WIDEST_STATUS), STATUS_COLORS[run.status]);
  const tags = run.tags.length === 0 ? "" : ` ${terminal.paint(run.tags.join(","), "gray")}`;
  return `${run.id}  ${status}  ${run.createdAt.toISOString()}  ${run.taskIdentifier}${tags}`;
}

/** One line of a run's story, with what it says beside its kind. */
export function eventLine(
  event: { readonly seq: number; readonly at: Date; readonly kind: string; readonly details: unknown },
  terminal: Terminal,
): string {
  const details = event.details === undefined ? "" : ` ${terminal.paint(JSON.stringify(event.details), "gray")}`;
  return `${String(event.seq).padStart(4)}  ${event.at.toISOString()}  ${event.kind}${details}`;
}

/** What became of a final run: its output, or why there is none. */
export function outcomeLine({ status, output, error }: RunObject): string {
  if (status === "completed") return output === undefined ? "completed" : `completed: ${JSON.stringify(output)}`;
  return error === undefined ? status : `${status}: ${error.message}`;
}

/** A run for programs: values that JSON does not know as text, errors with their name and message. */
export function runJson({ error, ...run }: RunObject): object {
  return { ...run, ...(error === undefined ? {} : { error: { name: error.name, message: error.message } }) };
}
