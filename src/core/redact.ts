import { withoutNamedSecrets } from "./named-secrets.ts";
import { isWorthFinding } from "./secret-names.ts";
import { SECRET_PATTERNS, withoutPrivateKeys } from "./secret-patterns.ts";

/** Text without the secrets in it. What is redacted already stays as it is. */
export type Redact = (text: string) => string;

/** What stands for a secret. */
export function redacted(kind: string): string {
  return `[redacted: ${kind}]`;
}

/**
 * A rule that takes secrets out of text, before it is written anywhere: values that are known, values that a name gives away
 * (`named-secrets.ts`), and those that have the form of a secret (`secret-patterns.ts`). It takes time in proportion to the
 * text. What nobody could know for a secret passes.
 *
 * @param secrets - Values that must not be seen. Those that are too short, or ordinary words, are not looked for.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const known = knownValues(secrets);
  return (text) => {
    let seen = text;
    for (const value of known) if (seen.includes(value)) seen = seen.replaceAll(value, redacted("secret"));
    seen = withoutPrivateKeys(seen, redacted("private key"));
    for (const { kind, hints, pattern, replace } of SECRET_PATTERNS) {
      if (!hints.some((hint) => seen.includes(hint))) continue;
      const mark = redacted(kind);
      seen = seen.replace(pattern, (match) => replace?.(match, mark) ?? mark);
    }
    return withoutNamedSecrets(seen, redacted);
  };
}

/** The longest first, since one may be part of another; as they are, and as they stand in JSON and in addresses. */
function knownValues(secrets: readonly string[]): readonly string[] {
  const forms = secrets
    .map((secret) => secret.trim())
    .filter(isWorthFinding)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/** Beyond the cut: a secret that lies across it is seen as a whole. */
const SLACK = 8 * 1024;

/** The beginning of a text that is too long, with a note of how much is missing, and without the secrets in it. */
export function redactWithin(text: string, limit: number, redact: Redact): string {
  if (text.length <= limit) return redact(text);
  const seen = redact(text.slice(0, limit + SLACK)).slice(0, limit);
  return `${seen}… [${text.length - limit} more characters]`;
}

/** Lines after the beginning of a private key that are taken for its own: a stray beginning does not silence what follows. */
const KEY_LINES = 200;

/** The rule for text that arrives line by line, where a private key is spread over many. */
export function createLineRedact(redact: Redact): Redact {
  let keyLines = 0;
  return (line) => {
    if (keyLines > 0) {
      keyLines = line.includes("-----END ") ? 0 : keyLines - 1;
      return redacted("private key");
    }
    if (/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/.test(line) && !line.includes("-----END ")) keyLines = KEY_LINES;
    return redact(line);
  };
}
