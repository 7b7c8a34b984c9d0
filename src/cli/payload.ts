import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { type Command, type Input, textOf, UsageError } from "./command.ts";

/** What commands take that start a task. */
export const PAYLOAD_OPTIONS = {
  payload: {
    type: "string",
    short: "p",
    value: "<json>",
    means: "The payload as JSON; @<file> reads it from a file, - from standard input.",
  },
  "payload-file": { type: "string", value: "<file>", means: "The payload from a file of JSON." },
} as const satisfies Command["options"];

/** @throws {UsageError} when it is not JSON or cannot be read. */
export async function readPayload(input: Input): Promise<unknown> {
  const file = textOf(input, "payload-file");
  const given = textOf(input, "payload");
  if (file !== undefined && given !== undefined) throw new UsageError("Give --payload or --payload-file, not both.");
  const text = file !== undefined ? await readText(file) : await textGiven(given);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(
      `The payload is not JSON: ${(error as Error).message}. Text needs quotes of its own: '"text"'.`,
    );
  }
}

async function textGiven(given: string | undefined): Promise<string | undefined> {
  if (given === "-") return readAll(process.stdin);
  // No JSON begins with it.
  return given?.startsWith("@") === true ? readText(given.slice(1)) : given;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`The payload cannot be read: ${(error as Error).message}.`);
  }
}
