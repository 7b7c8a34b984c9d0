import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CONFIG_NAMES, findTaskFiles } from "../build/index.ts";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { type Command, UsageError } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { CONFIG, HELLO_TASK, IGNORED, packageJson, TSCONFIG } from "./init-files.ts";
import { installCommands } from "./installing.ts";

/** What was done in a project, each by its path from the root. */
interface Report {
  readonly created: string[];
  readonly changed: string[];
  /** With why. */
  readonly kept: string[];
}

const NEXT = "npx perdure dev";

/** `perdure init`: adds what is missing, and changes no file but `.gitignore`, which gains lines. */
export const initCommand: Command = {
  options: {},
  async run({ positionals, terminal }) {
    if (positionals.length > 0) throw new UsageError(`init takes no ${positionals[0]}: it fills the folder it is in.`);
    const root = process.cwd();
    const report: Report = { created: [], changed: [], kept: [] };
    addFile(root, "package.json", packageJson(basename(root)), report);
    addConfig(root, report);
    await addTask(root, report);
    addFile(root, "tsconfig.json", TSCONFIG, report);
    addIgnored(root, report);
    const next = [...installCommands(root, process.env), NEXT];
    for (const path of report.created) terminal.line(`${terminal.paint("created", "green")}  ${path}`);
    for (const path of report.changed) terminal.line(`${terminal.paint("changed", "yellow")}  ${path}`);
    for (const path of report.kept) terminal.line(`${terminal.paint("left", "gray")}     ${path}`);
    terminal.line(`\nNext:\n${next.map((command) => `  ${command}`).join("\n")}`);
    terminal.json({ ...report, next });
    return EXIT_CODES.ok.code;
  },
};

function addConfig(root: string, report: Report): void {
  const present = CONFIG_NAMES.find((name) => existsSync(join(root, name)));
  if (present === undefined) addFile(root, "perdure.config.ts", CONFIG, report);
  else report.kept.push(`${present}: it was there already`);
}

/** A project that has tasks knows what they look like, and another one would be bundled with them. */
async function addTask(root: string, report: Report): Promise<void> {
  const present = await tasksOf(root);
  if (present === undefined) addFile(root, "tasks/hello.ts", HELLO_TASK, report);
  else report.kept.push(`${dirname(present)}: task files were there already`);
}

async function tasksOf(root: string): Promise<string | undefined> {
  try {
    return (await findTaskFiles(root))[0];
  } catch (error) {
    if (isPerdureError(error, "TASK_FILES_MISSING")) return undefined;
    throw error;
  }
}

function addFile(root: string, path: string, text: string, report: Report): void {
  const file = join(root, path);
  makeFolder(dirname(file), path);
  try {
    // Made, not opened: what somebody else makes in this moment is theirs.
    writeFileSync(file, text, { flag: "wx" });
    report.created.push(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(path, error);
    report.kept.push(`${path}: it was there already`);
  }
}

function makeFolder(folder: string, path: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw unwritable(path, error);
  }
}

function addIgnored(root: string, report: Report): void {
  const path = ".gitignore";
  const file = join(root, path);
  if (existsSync(file)) addLines(file, path, report);
  else addFile(root, path, IGNORED.map((line) => `${line}\n`).join(""), report);
}

function addLines(file: string, path: string, report: Report): void {
  try {
    const before = readFileSync(file, "utf8");
    const lines = new Set(before.split(/\r?\n/).map(bare));
    const missing = IGNORED.filter((line) => !lines.has(bare(line)));
    const start = before === "" || before.endsWith("\n") ? "" : "\n";
    if (missing.length > 0) appendFileSync(file, `${start}${missing.map((line) => `${line}\n`).join("")}`);
    if (missing.length > 0) report.changed.push(`${path}: ${missing.join(", ")}`);
    else report.kept.push(`${path}: it has these lines already`);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** `/x/`, `x/` and `x` ignore the folder x of the root alike. */
function bare(line: string): string {
  return line.trim().replaceAll(/^\/|\/$/g, "");
}

function unwritable(path: string, error: unknown): Error {
  return perdureError("FILE_NOT_WRITABLE", { path, problem: (error as Error).message }, { cause: error });
}
