/**
 * Enough of a TypeScript lexer to tell code from what merely looks like it: comments, strings and regular expressions are
 * blanked out, character for character, so that offsets and line numbers stay what they were. Code inside `${…}` of a
 * template is code and is kept.
 */
export interface Masked {
  /** The text with comments, and the insides of strings and regular expressions, replaced by blanks. */
  readonly code: string;
  /** The text with only comments replaced by blanks. */
  readonly withStrings: string;
}

type Blank = "comment" | "string";

export function mask(text: string): Masked {
  const code = [...toUnits(text)];
  const withStrings = [...code];
  /** For every open template literal, how many braces are open inside its current `${`. */
  const templates: number[] = [];
  let lastSignificant = "";
  let at = 0;

  while (at < text.length) {
    const char = text.charAt(at);
    const pair = text.slice(at, at + 2);
    if (pair === "//") blank(at, endOfLine(at), "comment");
    else if (pair === "/*") blank(at, endAfter("*/", at + 2), "comment");
    else if (char === '"' || char === "'") quoted(at, char);
    else if (char === "`") template(at + 1);
    else if (char === "}" && templates.at(-1) === 0) closeSubstitution();
    else if (char === "/" && regexEnd(at) !== undefined) regex(at, regexEnd(at) ?? at + 1);
    else plain(char);
  }
  return { code: code.join(""), withStrings: withStrings.join("") };

  function plain(char: string): void {
    const open = templates.length - 1;
    if (open >= 0 && char === "{") templates[open] = (templates[open] ?? 0) + 1;
    if (open >= 0 && char === "}") templates[open] = (templates[open] ?? 0) - 1;
    if (/\s/.test(char)) lastSignificant += /\w$/.test(lastSignificant) ? " " : "";
    else lastSignificant = (lastSignificant + char).slice(-12);
    at += 1;
  }

  function quoted(start: number, quote: string): void {
    let end = start + 1;
    while (end < text.length && text.charAt(end) !== quote && text.charAt(end) !== "\n")
      end += text.charAt(end) === "\\" ? 2 : 1;
    blank(start + 1, end, "string");
    lastSignificant = quote;
    at = end + 1;
  }

  /** From just inside a template literal (or just after one of its `}`) to its end or its next `${`. */
  function template(start: number): void {
    let end = start;
    while (end < text.length && text.charAt(end) !== "`" && text.slice(end, end + 2) !== "${") {
      end += text.charAt(end) === "\\" ? 2 : 1;
    }
    blank(start, end, "string");
    const substitutes = text.charAt(end) === "$";
    if (substitutes) templates.push(0);
    lastSignificant = substitutes ? "{" : "`";
    at = end + (substitutes ? 2 : 1);
  }

  function closeSubstitution(): void {
    templates.pop();
    template(at + 1);
  }

  function regex(start: number, end: number): void {
    blank(start + 1, end - 1, "string");
    lastSignificant = "/r";
    at = end;
  }

  /** Where the regular expression that opens here ends; undefined when this slash divides. */
  function regexEnd(start: number): number | undefined {
    const opens =
      lastSignificant === "" || /[(,=:[!&|?{};+*%~^<>-]$/.test(lastSignificant) || KEYWORD_BEFORE.test(lastSignificant);
    if (!opens) return undefined;
    let inClass = false;
    for (let end = start + 1; end < text.length; end += 1) {
      const char = text.charAt(end);
      if (char === "\n") return undefined;
      if (char === "\\") end += 1;
      else if (char === "[") inClass = true;
      else if (char === "]") inClass = false;
      else if (char === "/" && !inClass) return end + 1;
    }
    return undefined;
  }

  function blank(start: number, end: number, what: Blank): void {
    for (let i = start; i < Math.min(end, text.length); i += 1) {
      if (text.charAt(i) === "\n") continue;
      code[i] = " ";
      if (what === "comment") withStrings[i] = " ";
    }
    at = end;
  }

  function endOfLine(start: number): number {
    const end = text.indexOf("\n", start);
    return end < 0 ? text.length : end;
  }

  function endAfter(mark: string, start: number): number {
    const found = text.indexOf(mark, start);
    return found < 0 ? text.length : found + mark.length;
  }
}

const KEYWORD_BEFORE = /(?:^|\W)(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield)\s?$/;

/** UTF-16 units, so that an index into the list is an index into the text. */
function toUnits(text: string): string[] {
  return text.split("");
}
