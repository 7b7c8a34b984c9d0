/** The page of all error codes, from the table that raises them. */
import { ERRORS } from "../../src/core/errors.ts";
import { GENERATED } from "./markdown.ts";

export function errorsPage(): string {
  return [
    "# Errors",
    "",
    GENERATED,
    "",
    "Every error that Perdure itself raises is a `PerdureError` with a stable `code`. Its message is the sentence below, with",
    "the details filled in, followed by what to do. The number is the HTTP status that it has on the wire.",
    "",
    ...Object.entries(ERRORS).flatMap(([code, { status, sentence, cure }]) => [
      `## ${code}`,
      "",
      `${status}. ${details(sentence)}`,
      "",
      `**What to do:** ${details(cure)}`,
      "",
    ]),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

/** `{runId}` in a sentence stands for a detail; on the page it is set as code. */
function details(sentence: string): string {
  return sentence
    .replaceAll("\n", " ")
    .replaceAll("<", "&lt;")
    .replaceAll(/\{\w+\}/g, "`$&`");
}
