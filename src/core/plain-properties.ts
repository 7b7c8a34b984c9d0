import { LIMITS } from "./limits.ts";
import { type Redact, redacted, redactWithin } from "./redact.ts";
import { secretKind } from "./secret-names.ts";

const { lineCharacters, propertiesDepth, propertiesFields } = LIMITS.logs;

/**
 * The properties of a line as plain JSON, whatever they were: bounded in size and depth, without secrets, and without ever
 * throwing. What is left out says so.
 */
export function plainProperties(given: unknown, redact: Redact): Readonly<Record<string, unknown>> {
  const plain = new Copier(redact).copy(given);
  return typeof plain === "object" && plain !== null && !Array.isArray(plain)
    ? (plain as Record<string, unknown>)
    : { given: plain };
}

class Copier {
  readonly #redact: Redact;
  /** The objects around the one that is copied. */
  readonly #around = new Set<object>();
  #fields = 0;
  #characters = 0;

  constructor(redact: Redact) {
    this.#redact = redact;
  }

  copy(given: unknown): unknown {
    try {
      if (typeof given === "string") return this.#text(given);
      if (typeof given === "object" && given !== null) return this.#object(given);
      const isPlain = given === null || typeof given === "boolean" || Number.isFinite(given);
      return isPlain || given === undefined ? given : this.#text(nameOf(given));
    } catch {
      // A getter or a `toJSON` of the user's threw.
      return "[unreadable]";
    }
  }

  #text(text: string): string {
    const kept = redactWithin(text, Math.max(0, lineCharacters - this.#characters), this.#redact);
    this.#characters += kept.length;
    return kept;
  }

  #object(given: object): unknown {
    if (this.#around.has(given)) return "[circular]";
    if (this.#around.size >= propertiesDepth) return Array.isArray(given) ? "[list]" : "[object]";
    this.#around.add(given);
    try {
      return this.#content(given);
    } finally {
      this.#around.delete(given);
    }
  }

  #content(given: object): unknown {
    if (Array.isArray(given)) return this.#list(given);
    if (given instanceof Set) return this.#list([...given]);
    if (given instanceof Map)
      return this.#record(
        [...given.keys()].map((key) => (typeof key === "string" ? key : nameOf(key))),
        (_, i) => [...given.values()][i],
      );
    if (given instanceof Error) return this.#record(errorFields(given), (key) => given[key as keyof Error]);
    if (ArrayBuffer.isView(given) || given instanceof ArrayBuffer) return `[${given.byteLength} bytes]`;
    const { toJSON } = given as { readonly toJSON?: unknown };
    if (typeof toJSON === "function") return this.copy(toJSON.call(given));
    return this.#record(Object.keys(given), (key) => (given as Record<string, unknown>)[key]);
  }

  #list(given: readonly unknown[]): readonly unknown[] {
    const plain: unknown[] = [];
    for (let i = 0; i < given.length && this.#hasRoom(); i++) plain.push(this.copy(given[i]) ?? null);
    return plain.length === given.length ? plain : [...plain, moreThan(plain.length, given.length)];
  }

  #record(keys: readonly string[], read: (key: string, i: number) => unknown): Record<string, unknown> {
    const plain: [string, unknown][] = [];
    for (let i = 0; i < keys.length && this.#hasRoom(); i++) {
      const key = keys[i] as string;
      plain.push([this.#text(key), this.#field(key, () => read(key, i))]);
    }
    if (plain.length < keys.length) plain.push(["…", moreThan(plain.length, keys.length)]);
    return Object.fromEntries(plain);
  }

  /** A value under the name of a secret is not looked at, unless it says nothing. */
  #field(key: string, read: () => unknown): unknown {
    try {
      const field = read();
      const kind = secretKind(key);
      const isTelling = field !== undefined && field !== null && field !== "" && typeof field !== "boolean";
      return kind !== undefined && isTelling ? redacted(kind) : this.copy(field);
    } catch {
      return "[unreadable]";
    }
  }

  #hasRoom(): boolean {
    this.#fields++;
    return this.#fields <= propertiesFields && this.#characters < lineCharacters;
  }
}

function moreThan(shown: number, all: number): string {
  return `[${all - shown} more]`;
}

function errorFields(error: Error): readonly string[] {
  return ["name", "message", "stack", "cause", ...Object.keys(error)].filter(
    (key, i, all) => error[key as keyof Error] !== undefined && all.indexOf(key) === i,
  );
}

function nameOf(given: unknown): string {
  return typeof given === "function" ? `[function ${given.name || "without name"}]` : String(given);
}
