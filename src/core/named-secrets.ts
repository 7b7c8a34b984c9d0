/** Secrets that a name in the text gives away: `password=…`, `"apiKey": "…"`, `Authorization: …`, `--token …`. */
import { MAY_NAME_SECRET, secretKind } from "./secret-names.ts";

/**
 * A name and what parts it from its value. It begins where no character of a name stands before, so that none is read twice;
 * the quote after it may itself be escaped, as in JSON within JSON.
 */
const NAME = /(?<![\w-])-{0,2}([A-Za-z_][\w-]*)(?:\\?["'`])?\s*(:=|[:=])(?![:=>])[ \t]*/g;
const FLAG = /(?<![\w-])--([A-Za-z_][\w-]*) +(?!-)/g;

const END = /[\s,;&"'`)\]}<>\\]/g;
const LINE_END = /[\r\n"'`\\]/g;
/** Values that say nothing. */
const EMPTY: ReadonlySet<string> = new Set(["", "true", "false", "null", "undefined", "none", "nil"]);
const REDACTED = "[redacted";
/** Headers whose value goes on to the end of its line. */
const WHOLE_LINE: ReadonlySet<string> = new Set(["authorization", "cookie"]);
const WORD = /^[a-z]+$/i;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** @param mark - Makes what stands for a secret of this kind. */
export function withoutNamedSecrets(text: string, mark: (kind: string) => string): string {
  if (!MAY_NAME_SECRET.test(text)) return text;
  const named = replaceNamed(text, NAME, mark);
  return named.includes("--") ? replaceNamed(named, FLAG, mark) : named;
}

function replaceNamed(text: string, pattern: RegExp, mark: (kind: string) => string): string {
  let kept = "";
  let from = 0;
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const kind = secretKind(found[1] as string);
    const value = kind === undefined ? undefined : valueAt(text, pattern.lastIndex, kind, found[2]);
    if (kind === undefined || value === undefined) continue;
    kept += text.slice(from, value.start) + mark(kind);
    from = value.end;
    pattern.lastIndex = value.end;
  }
  return kept + text.slice(from);
}

function valueAt(text: string, at: number, kind: string, separator: string | undefined): Span | undefined {
  const quote = /^\\?["'`]/.exec(text.slice(at, at + 2))?.[0];
  const { start, end } = quote === undefined ? bareAt(text, at, kind) : quotedAt(text, at + quote.length, quote);
  const value = text.slice(start, end);
  // The fields of an object have names of their own.
  if (EMPTY.has(value) || value.startsWith(REDACTED) || value.startsWith("{")) return undefined;
  if (quote === undefined && kind !== "password" && separator === ":" && isProse(text, start, end)) return undefined;
  return { start, end };
}

/** A quote that is never closed was cut off with the rest of the text. */
function quotedAt(text: string, start: number, quote: string): Span {
  let end = text.indexOf(quote, start);
  if (quote.length === 1) while (end !== -1 && isEscaped(text, end)) end = text.indexOf(quote, end + 1);
  return { start, end: end === -1 ? text.length : end };
}

function bareAt(text: string, start: number, kind: string): Span {
  if (text[start] === "[" && !text.startsWith(REDACTED, start)) {
    const close = text.indexOf("]", start);
    return { start, end: close === -1 ? text.length : close + 1 };
  }
  const ending = WHOLE_LINE.has(kind) ? LINE_END : END;
  ending.lastIndex = start;
  return { start, end: ending.exec(text)?.index ?? text.length };
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

/** `Unexpected token: expected a string`. */
function isProse(text: string, start: number, end: number): boolean {
  return text[start - 1] === " " && WORD.test(text.slice(start, end)) && /^ [a-z]/i.test(text.slice(end, end + 2));
}
