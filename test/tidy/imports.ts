/**
 * Who may import whom, as a table. To open a door, change a row here, in a change of its own that says why.
 */
import { builtinModules } from "node:module";
import { posix } from "node:path";
import { isTest, lineAt, type SourceFile, type Violation } from "./source.ts";

interface Room {
  /** Rooms all of whose files may be imported. */
  readonly rooms?: readonly string[];
  /** Rooms of which only `index.ts` may be imported. */
  readonly indexOf?: readonly string[];
  /** Files that stay closed although their room is open; `*` stands for any part of a name. */
  readonly never?: readonly string[];
  readonly packages?: readonly string[];
  /** May it import what only Node and Bun have? The client half must run in a browser. */
  readonly node: boolean;
}

const DRIVERS = ["store/sqlite*", "store/postgres*", "store/sql.ts"];

/** The longest key that a file's path begins with decides. A folder of `src` without a row is a violation. */
export const ROOMS: Readonly<Record<string, Room>> = {
  core: { packages: ["superjson"], node: false },
  protocol: { rooms: ["core"], packages: ["zod"], node: false },
  sdk: { rooms: ["core", "protocol"], packages: ["@standard-schema/spec"], node: false },
  system: { rooms: ["core"], node: true },
  worker: { rooms: ["core", "protocol", "sdk"], indexOf: ["system"], packages: ["@standard-schema/spec"], node: true },
  pool: { rooms: ["core", "protocol"], node: true },
  store: { rooms: ["core"], packages: ["pg"], node: true },
  engine: { rooms: ["core", "store"], never: DRIVERS, node: true },
  server: {
    rooms: ["core", "protocol", "engine", "store", "pool"],
    // Which Perdure this is, for those who look after it. Clock and chance are handed in.
    indexOf: ["system"],
    packages: ["zod", "hono", "@hono/node-server"],
    node: true,
  },
  alerts: { rooms: ["core"], indexOf: ["sdk", "worker"], packages: ["nodemailer"], node: true },
  embedded: { rooms: ["core"], indexOf: ["system", "server", "worker", "sdk", "alerts"], node: true },
  build: { rooms: ["core"], packages: ["esbuild"], node: true },
  react: { rooms: ["protocol"], indexOf: ["sdk"], packages: ["react"], node: false },
  testing: {
    rooms: ["core"],
    indexOf: ["protocol", "sdk", "worker", "engine", "store", "server", "embedded"],
    node: true,
  },
  /** The simulator reaches into the store, whose verbs it sabotages to see whether it would notice. */
  "testing/sim": {
    rooms: ["core", "testing", "store"],
    indexOf: ["protocol", "sdk", "worker", "engine", "server", "embedded"],
    node: true,
  },
  cli: {
    rooms: ["core"],
    indexOf: [
      "protocol",
      "sdk",
      "worker",
      "pool",
      "engine",
      "store",
      "server",
      "embedded",
      "build",
      "system",
      "alerts",
      // `perdure check` performs tasks in the test kit.
      "testing",
    ],
    node: true,
  },
};

/** Rooms that the product cannot be without. A reader of paths that finds none of their files is broken. */
export const ROOMS_THAT_EXIST = [
  "core",
  "protocol",
  "sdk",
  "worker",
  "engine",
  "store",
  "server",
  "embedded",
  "testing",
  "cli",
  "build",
  "pool",
  "system",
  "alerts",
];

const BUILT_IN = new Set(builtinModules);

export function checkImports(file: SourceFile, rooms: Readonly<Record<string, Room>> = ROOMS): Violation[] {
  const path = /^src\/(.+)$/.exec(file.path)?.[1];
  if (path === undefined || !/\.tsx?$/.test(path) || isTest(file.path)) return [];
  const room = longestPrefix(path, Object.keys(rooms));
  const row = room === undefined ? undefined : rooms[room];
  if (room === undefined || row === undefined) {
    return [{ path: file.path, line: 1, problem: `lies in no room of the import table in test/tidy/imports.ts.` }];
  }
  return listImports(file).flatMap(({ specifier, line }) => {
    const problem = judge(specifier, path, room, row);
    return problem === undefined ? [] : [{ path: file.path, line, problem }];
  });
}

function judge(specifier: string, from: string, room: string, row: Room): string | undefined {
  if (!specifier.startsWith(".")) return judgePackage(specifier, room, row);
  const target = posix.join(posix.dirname(from), specifier);
  if (target.startsWith("..")) return `imports ${specifier}, which is outside src.`;
  if (inRoom(target, room)) return undefined;
  if ((row.never ?? []).some((closed) => matchesName(target, closed)))
    return `imports ${target}, which is closed to ${room}.`;
  if ((row.rooms ?? []).some((open) => inRoom(target, open))) return undefined;
  const behind = (row.indexOf ?? []).find((open) => inRoom(target, open));
  if (behind === undefined) return `imports ${target}: ${room} may not know ${target.split("/")[0]}.`;
  return target === `${behind}/index.ts` ? undefined : `imports ${target}: ${room} may import ${behind}/index.ts only.`;
}

function judgePackage(specifier: string, room: string, row: Room): string | undefined {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const isNode = /^(?:node|bun):/.test(specifier) || specifier === "bun" || BUILT_IN.has(name);
  if (isNode) return row.node ? undefined : `imports ${specifier}: ${room} must also run where there is no Node.`;
  return row.packages?.includes(name) ? undefined : `imports the package ${name}, which ${room} is not allowed.`;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** `import`, `export … from`, `import()`, `require()`, and files handed to a thread or process by `new URL(…, import.meta.url)`. */
export function listImports({ text, code }: SourceFile): Import[] {
  const starts = [
    ...code.matchAll(/(?<![\w.$])(?:import|export)\b[^"'`;()]*?\bfrom\s*(?=["'])/g),
    ...code.matchAll(/(?<![\w.$])import\s*(?=["'])/g),
    ...code.matchAll(/(?<![\w.$])(?:import|require)\s*\(\s*(?=["'`])/g),
    ...code.matchAll(/(?<![\w.$])new\s+URL\s*\(\s*(?=["'`][^"'`]*["'`]\s*,\s*import\.meta\.url)/g),
  ];
  return starts
    .map((start) => start.index + start[0].length)
    .sort((a, b) => a - b)
    .map((at) => ({ specifier: readQuoted(text, at), line: lineAt(text, at) }));
}

function readQuoted(text: string, at: number): string {
  return text.slice(at + 1, text.indexOf(text.charAt(at), at + 1));
}

function inRoom(path: string, room: string): boolean {
  return path.startsWith(`${room}/`);
}

function longestPrefix(path: string, rooms: readonly string[]): string | undefined {
  return rooms.filter((room) => inRoom(path, room)).sort((a, b) => b.length - a.length)[0];
}

function matchesName(path: string, pattern: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
  return new RegExp(`^${source}$`).test(path);
}
