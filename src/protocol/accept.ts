import type { z } from "zod";
import { type PerdureError, perdureError } from "../core/errors.ts";

/**
 * The input of a call, when its schema accepts it.
 *
 * @throws {PerdureError} `OPTION_UNSUPPORTED` for an option that we do not know and would have to ignore, `OPTION_INVALID`
 * for one that we know with a value that we cannot take.
 */
export function accept<Input>(call: string, schema: z.ZodType<Input>, input: unknown): Input {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw refusal(call, result.error.issues);
}

function refusal(call: string, issues: readonly z.core.$ZodIssue[]): PerdureError {
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const option = [...issue.path, issue.keys[0]].map(String).join(".");
    return perdureError("OPTION_UNSUPPORTED", { what: call, option });
  }
  const problem = issues
    .map(({ path, message }) => [path.map(String).join("."), message].filter(Boolean).join(": "))
    .join("; ");
  return perdureError("OPTION_INVALID", { what: call, problem });
}
