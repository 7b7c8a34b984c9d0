import { LIMITS } from "./limits.ts";

/**
 * Whether text is JSON, found out while it comes in and without making anything of it: a parser would need all of it at once and
 * stop everything else meanwhile.
 */
export interface JsonCheck {
  /** @returns What is wrong, as soon as that is known. */
  add(part: string): string | undefined;
  /** @returns What is missing. */
  end(): string | undefined;
}

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end" | "nothing";

const LONGEST_WORD = 1_000;
const WORD = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** After a backslash, `u` and four digits are several characters, any of which may begin the next part. */
const ESCAPED = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
/** Beside the four kinds of space, what has a meaning of its own. */
const ENDS_WORD: ReadonlySet<number> = new Set([...' \t\n\r,:[]{}"'].map((character) => character.charCodeAt(0)));
const SPACES = " \t\n\r";

export function createJsonCheck(): JsonCheck {
  const open: ("[" | "{")[] = [];
  let expected: Expected = "value";
  let isInString = false;
  let escaping: string | undefined;
  let word = "";
  let problem: string | undefined;
  return { add, end };

  function add(part: string): string | undefined {
    for (let at = 0; at < part.length && problem === undefined; ) {
      if (isInString) at = readString(part, at);
      else at = readOutside(part, at);
    }
    return problem;
  }

  function end(): string | undefined {
    if (problem === undefined && word !== "") endWord();
    if (problem === undefined && (expected !== "nothing" || isInString)) problem = "it ends too early";
    return problem;
  }

  function readOutside(part: string, at: number): number {
    if (ENDS_WORD.has(part.charCodeAt(at))) {
      const character = part.charAt(at);
      if (word !== "") endWord();
      if (problem === undefined && !SPACES.includes(character)) take(character);
      return at + 1;
    }
    let end = at + 1;
    while (end < part.length && !ENDS_WORD.has(part.charCodeAt(end))) end++;
    word += part.slice(at, end);
    if (word.length > LONGEST_WORD) problem = "it has a word that is too long";
    return end;
  }

  function readString(part: string, at: number): number {
    if (escaping !== undefined) return readEscape(part, at);
    for (let place = at; place < part.length; place++) {
      const code = part.charCodeAt(place);
      if (code === QUOTE) isInString = false;
      else if (code === BACKSLASH) escaping = "";
      else if (code < SPACE) problem = "a string has a line break or another control character in it";
      else continue;
      return place + 1;
    }
    return part.length;
  }

  function readEscape(part: string, at: number): number {
    escaping = (escaping ?? "") + part[at];
    if (ESCAPED.test(escaping)) escaping = undefined;
    else if (!/^u[0-9a-fA-F]{0,3}$/.test(escaping)) problem = `\\${escaping} means nothing in a string`;
    return at + 1;
  }

  function take(character: string): void {
    if (character === '"') beginString();
    else if (character === "[" || character === "{") openContainer(character);
    else if (character === "]" || character === "}") closeContainer(character);
    else if (character === ":" && expected === "colon") expected = "value";
    else if (character === "," && expected === "comma or end") expected = open.at(-1) === "{" ? "key" : "value";
    else misplaced(character);
  }

  function beginString(): void {
    isInString = true;
    if (expected.startsWith("key")) expected = "colon";
    else if (expected.startsWith("value")) endValue();
    else misplaced('"');
  }

  function openContainer(character: "[" | "{"): void {
    if (!expected.startsWith("value")) misplaced(character);
    else if (open.push(character) > LIMITS.jsonDepth) problem = `it is nested more than ${LIMITS.jsonDepth} deep`;
    expected = character === "[" ? "value or ]" : "key or }";
  }

  function closeContainer(character: string): void {
    const isList = open.at(-1) === "[";
    const mayEnd = expected === "comma or end" || expected === (isList ? "value or ]" : "key or }");
    if (open.length === 0 || !mayEnd || character !== (isList ? "]" : "}")) misplaced(character);
    open.pop();
    endValue();
  }

  function endWord(): void {
    if (!expected.startsWith("value") || !WORD.test(word)) problem = `${word.slice(0, 40)} is not JSON there`;
    word = "";
    endValue();
  }

  function endValue(): void {
    expected = open.length === 0 ? "nothing" : "comma or end";
  }

  function misplaced(character: string): void {
    problem = `${character} stands where it may not`;
  }
}
