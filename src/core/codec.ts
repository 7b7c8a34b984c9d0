import superjson from "superjson";
import { isPerdureError, perdureError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * Payloads, outputs and step results as text. The format is superjson's, as in `@trigger.dev/sdk`: JSON that keeps dates,
 * maps, sets, big integers and `undefined`.
 *
 * @param what - Named in the error: "The payload for task import".
 * @throws {PerdureError} `VALUE_NOT_SERIALIZABLE` for cycles and whatever cannot be read; `VALUE_TOO_LARGE` beyond the limit.
 */
export function encodeValue(decoded: unknown, what: string, limit: number = LIMITS.valueCharacters): string {
  const text = stringify(decoded, what);
  if (text.length > limit) throw perdureError("VALUE_TOO_LARGE", { what, size: text.length, limit });
  return text;
}

export function decodeValue(text: string): unknown {
  return superjson.parse(text);
}

function stringify(decoded: unknown, what: string): string {
  try {
    refuseWhatWouldBeLost(decoded, what);
    return superjson.stringify(decoded);
  } catch (error) {
    if (isPerdureError(error)) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem }, { cause: error });
  }
}

/**
 * superjson leaves functions and symbols out without a word. A cycle it would store, but the HTTP API, whose outputs are plain
 * JSON, could not show it.
 */
function refuseWhatWouldBeLost(decoded: unknown, what: string): void {
  const above = new Set<object>();
  visit(decoded, "");
  function visit(part: unknown, path: string): void {
    if (typeof part === "function" || typeof part === "symbol") {
      throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: `${path || "it"} is a ${typeof part}` });
    }
    if (typeof part !== "object" || part === null) return;
    if (above.has(part)) {
      throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: `${path} contains itself` });
    }
    above.add(part);
    const parts = part instanceof Map || part instanceof Set ? [...part.entries()] : Object.entries(part);
    for (const [name, inner] of parts) visit(inner, `${path}.${String(name)}`);
    above.delete(part);
  }
}
