import superjson from "superjson";
import { isPerdureError, perdureError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { PERILOUS_KEYS } from "./perilous-keys.ts";

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

/** The value as people and other languages see it: dates as ISO text, maps as lists of pairs, big integers as text. */
export function plainValue(text: string): unknown {
  return (JSON.parse(text) as { readonly json?: unknown }).json;
}

function stringify(decoded: unknown, what: string): string {
  try {
    // superjson would say the same, and take twenty times as long to find out that there is nothing to add to what JSON keeps.
    return isPlain(decoded, what) ? `{"json":${JSON.stringify(decoded)}}` : superjson.stringify(decoded);
  } catch (error) {
    if (isPerdureError(error)) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem }, { cause: error });
  }
}

/**
 * True when JSON gives it back as it is. What would be lost is refused: superjson leaves functions and symbols out without a
 * word, and a cycle it would store, but the HTTP API, whose outputs are plain JSON, could not show it.
 */
function isPlain(decoded: unknown, what: string): boolean {
  const above = new Set<object>();
  const seen = new Set<object>();
  return visit(decoded, "");

  function visit(part: unknown, path: string): boolean {
    if (typeof part === "function" || typeof part === "symbol") {
      throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: `${path || "it"} is a ${typeof part}` });
    }
    if (typeof part !== "object" || part === null) return isPlainPrimitive(part);
    if (above.has(part)) {
      throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: `${path} contains itself` });
    }
    const parts = part instanceof Map || part instanceof Set ? [...part.entries()] : Object.entries(part);
    // superjson keeps it that two parts are one object.
    let arePlain = !seen.has(part) && isPlainContainer(part, parts);
    above.add(part);
    seen.add(part);
    for (const [name, inner] of parts) arePlain = visit(inner, `${path}.${String(name)}`) && arePlain;
    above.delete(part);
    return arePlain;
  }
}

function isPlainPrimitive(part: unknown): boolean {
  if (typeof part === "number") return Number.isFinite(part) && !Object.is(part, -0);
  return part === null || typeof part === "string" || typeof part === "boolean";
}

/** An array without holes and further properties, or an object that is of no class. */
function isPlainContainer(part: object, parts: readonly (readonly [unknown, unknown])[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(part);
  if (prototype === Array.prototype) {
    const { length } = part as readonly unknown[];
    return parts.length === length && (length === 0 || parts[length - 1]?.[0] === String(length - 1));
  }
  return (
    (prototype === Object.prototype || prototype === null) && !parts.some(([name]) => PERILOUS_KEYS.has(String(name)))
  );
}
