/**
 * Reads what `tsc` emits as `.d.ts`, far enough to know which file declares a name, and which names a declaration mentions.
 * It leans on how `tsc` lays such files out: every statement begins at the start of a line, and nothing else does.
 */
import { posix } from "node:path";
import { mask } from "./mask.ts";

export interface Origin {
  readonly path: string;
  readonly name: string;
}

export interface DeclarationFile {
  readonly path: string;
  /** Names declared here, exported or not, with their text and doc comments; overloads are one text. */
  readonly declared: ReadonlyMap<string, string>;
  /** Names that other files may import, and where to look for them. A package's names have the package as path. */
  readonly exported: ReadonlyMap<string, Origin>;
  /** Files and packages all of whose names are exported again. */
  readonly exportedWhole: readonly string[];
  readonly imported: ReadonlyMap<string, Origin>;
}

const STATEMENT = /^(?:import|export|declare|interface|type|abstract|class|const|let|function|enum|namespace)\b/;
const DECLARATION =
  /^(export )?(?:declare )?(?:abstract )?(?:interface|type|const|let|class|enum|namespace|function) ([\w$]+)/;

export function readDeclarations(path: string, text: string): DeclarationFile {
  const declared = new Map<string, string>();
  const exported = new Map<string, Origin>();
  const imported = new Map<string, Origin>();
  const exportedWhole: string[] = [];

  for (const statement of splitStatements(text)) {
    const { withStrings } = mask(statement);
    const code = withStrings.trim();
    const from = /\bfrom "([^"]+)"/.exec(code)?.[1];
    const origin = from === undefined ? undefined : resolveSpecifier(path, from);
    const declaration = DECLARATION.exec(code);
    if (code.startsWith("import ") && origin !== undefined) {
      for (const { outer, inner } of listNames(code)) imported.set(outer, { path: origin, name: inner });
    } else if (/^export (?:type )?\*/.test(code) && origin !== undefined) {
      exportedWhole.push(origin);
    } else if (/^export (?:type )?\{/.test(code)) {
      for (const { outer, inner } of listNames(code)) exported.set(outer, { path: origin ?? path, name: inner });
    } else if (declaration?.[2] !== undefined) {
      const name = declaration[2];
      const before = declared.get(name);
      declared.set(name, before === undefined ? statement : `${before}\n${statement}`);
      if (declaration[1] !== undefined) exported.set(name, { path, name });
    } else {
      throw new Error(`${path}: docs:gen cannot read this declaration:\n${statement}`);
    }
  }
  return { path, declared, exported, exportedWhole, imported };
}

/** Identifiers that stand in a declaration as names, comments and strings left out. */
export function listMentions(declaration: string): Set<string> {
  return new Set(mask(declaration).code.match(/[A-Za-z_$][\w$]*/g) ?? []);
}

function splitStatements(text: string): string[] {
  const statements: string[][] = [];
  let comment: string[] = [];
  let isInComment = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("/*")) comment = [];
    isInComment ||= line.startsWith("/*");
    if (isInComment) {
      comment.push(line);
      isInComment = !line.includes("*/");
    } else if (STATEMENT.test(line)) {
      statements.push([...comment, line]);
      comment = [];
    } else if (line.trim() !== "" && !line.startsWith("//")) {
      statements.at(-1)?.push(line);
    }
  }
  return statements.map((lines) => lines.join("\n"));
}

/** The names between braces, as seen from outside (`outer`) and from inside (`inner`). */
function listNames(code: string): { readonly outer: string; readonly inner: string }[] {
  const whole = /^import (?:type )?(?:\* as )?([\w$]+)\b/.exec(code)?.[1];
  const list = /\{([^}]*)\}/.exec(code)?.[1] ?? "";
  const names = list
    .split(",")
    .map((part) => part.trim().replace(/^type /, ""))
    .filter((part) => part !== "")
    .map((part) => part.split(/\s+as\s+/))
    .map(([first = "", second = first]) => ({ inner: first, outer: second }));
  return whole === undefined || whole === "type" ? names : [{ outer: whole, inner: "*" }, ...names];
}

function resolveSpecifier(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return posix.join(posix.dirname(path), specifier).replace(/\.(?:ts|js)$/, ".d.ts");
}
