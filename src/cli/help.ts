import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** Options that every command has. */
export const COMMON_OPTIONS = {
  json: { type: "boolean", means: "Write results, and errors, as JSON." },
  url: {
    type: "string",
    value: "<url>",
    means: "Where Perdure listens. Default: PERDURE_API_URL, then .perdure/server.json.",
  },
  help: { type: "boolean", short: "h", means: "Show this." },
} as const satisfies Command["options"];

export function generalHelp(): string {
  return `Usage: perdure <command> [options]

Commands:
${columns(Object.entries(COMMANDS).map(([name, { takes, does }]) => [`${name} ${takes}`.trim(), does]))}

perdure <command> --help shows the options of one; perdure --version the version.
The server is the one of --url, else of PERDURE_API_URL, each with the key PERDURE_SECRET_KEY, else the one that serves the project in
this folder or above it (.perdure/server.json, which perdure dev and perdure start write).

Exit codes:
${columns(Object.values(EXIT_CODES).map(({ code, means }) => [String(code), means]))}
`;
}

export function commandHelp(name: string, command: Command): string {
  const { takes, does } = COMMANDS[name] as (typeof COMMANDS)[string];
  return `Usage: perdure ${[name, takes, "[options]"].filter(Boolean).join(" ")}

${does}

Options:
${columns(optionRows(command))}
${command.words === undefined ? "" : `\nIt says:\n${columns(Object.entries(command.words))}\n`}`;
}

/** The options of a command with their meaning, its own first. */
export function optionRows(command: Command): readonly (readonly [string, string])[] {
  return Object.entries<Command["options"][string]>({ ...command.options, ...COMMON_OPTIONS }).map(
    ([name, { short, value, means }]) => [
      `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
      means,
    ],
  );
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
}
