/** Names that all objects have: whoever assigns to them changes all objects, so nothing of a user's is kept under them. */
export const PERILOUS_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
