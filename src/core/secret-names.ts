/** Which names stand for secrets: of properties, headers, parameters and environment variables. */

/** Last words of a name, each with the kind of secret that it stands for. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["password", "password"],
  ["passwd", "password"],
  ["passphrase", "password"],
  ["passcode", "password"],
  ["pwd", "password"],
  ["secret", "secret"],
  ["secrets", "secret"],
  ["credential", "credentials"],
  ["credentials", "credentials"],
  ["token", "token"],
  ["jwt", "token"],
  ["apikey", "api key"],
  ["api key", "api key"],
  ["secret key", "secret"],
  ["access key", "access key"],
  ["private key", "private key"],
  ["encryption key", "key"],
  ["signing key", "key"],
  ["auth key", "key"],
  ["account key", "key"],
  ["service key", "key"],
  ["master key", "key"],
  ["role key", "key"],
  ["password hash", "password"],
  ["authorization", "authorization"],
  ["auth header", "authorization"],
  ["cookie", "cookie"],
  ["cookies", "cookie"],
]);

/** Tokens that open nothing. Counts (`tokens`, `maxTokens`, `tokenCount`) do not end in the word. */
const HARMLESS: ReadonlySet<string> = new Set(["next", "page", "continuation", "cancellation", "cancel", "unexpected"]);

/** Text without any of these names no secret: a test that costs less than looking at its words. */
export const MAY_NAME_SECRET = /pass|pwd|secret|token|auth|key|cookie|credential|jwt/i;

/** The kind of secret that this name stands for, however it is written: `apiKey`, `X-API-Key`, `OPENAI_API_KEY_2`. */
export function secretKind(name: string): string | undefined {
  if (!MAY_NAME_SECRET.test(name)) return undefined;
  const words = wordsOf(name);
  // It has letters, or it would have been refused above.
  const [last, before = ""] = words.slice(-2).reverse() as [string, string?];
  if (last === "token" && HARMLESS.has(before)) return undefined;
  return KINDS.get(`${before} ${last}`) ?? KINDS.get(last);
}

/** Whether a variable of the environment holds a secret: there `STRIPE_KEY` and `DB_PASS` do too. */
function isSecretVariable(name: string): boolean {
  const last = wordsOf(name).at(-1) ?? "";
  return secretKind(name) !== undefined || ["key", "pass", "pw", "pat"].includes(last);
}

/** Shorter values would be found in the middle of ordinary words. */
const SHORTEST = 8;
/** Of lower-case letters alone: `postgres` and `changeme` are no secrets, and are words of many lines. */
const SHORTEST_WORD = 12;
const FILE = /^(?:~|\.{0,2})\/[\w./-]{1,4000}\.\w{1,5}$/;
const USER_INFO = /^[a-z][\w+.-]{0,40}:\/\/[^\s/?#@:]*:([^\s/?#]+)@/i;

/** Values of the environment that must not be logged: of variables with names of secrets, and passwords within addresses. */
export function secretValues(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(variables).flatMap(([name, value = ""]) => {
    const password = passwordIn(value);
    if (password !== undefined) return [password];
    return isSecretVariable(name) && !FILE.test(value) ? [value] : [];
  });
}

/** Of an address such as `postgres://user:password@host`, as it stands there. */
function passwordIn(address: string): string | undefined {
  return USER_INFO.exec(address)?.[1];
}

/** Whether a value is long and odd enough to be looked for in every line. */
export function isWorthFinding(value: string): boolean {
  return value.length >= (/^[a-z]+$/.test(value) ? SHORTEST_WORD : SHORTEST) && !/^\s*$/.test(value);
}

function wordsOf(name: string): readonly string[] {
  const parted = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2");
  // A number at the end tells one secret from the next.
  return parted
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/(?<=[a-z])\d+$/, ""))
    .filter((word) => word !== "" && !/^\d+$/.test(word));
}
