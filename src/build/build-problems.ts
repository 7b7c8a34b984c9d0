import type { BuildFailure, Message } from "esbuild";

/** More would scroll the first away, and the first is what the others follow from. */
const MOST_LINES = 20;

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && "warnings" in error;
}

/** What a build failed of, one `file:line:column: text` in a line; for any other error its message, without a stack. */
export function problemsOf(error: unknown): string {
  if (!isBuildFailure(error)) return error instanceof Error ? error.message : String(error);
  const lines = error.errors.slice(0, MOST_LINES).map(describe);
  const left = error.errors.length - lines.length;
  return [...lines, ...(left > 0 ? [`and ${left} more`] : [])].join("\n");
}

/** What a plugin of ours warned of, in the same form. */
export function warningsOf(warnings: readonly Message[], plugin: string): readonly string[] {
  return warnings.filter(({ pluginName }) => pluginName === plugin).map(describe);
}

/** esbuild counts columns from 0; editors, which make a link of this, from 1. */
function describe({ location, text }: Message): string {
  return location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`;
}
