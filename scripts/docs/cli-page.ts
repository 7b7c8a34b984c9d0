import { COMMANDS } from "../../src/cli/commands.ts";
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { optionRows } from "../../src/cli/help.ts";

const LOADED = await Promise.all(
  Object.entries(COMMANDS).map(async ([name, entry]) => ({ name, ...entry, command: await entry.load() })),
);

/** Every command with its options, read off the tables that the command line itself reads. */
export function cliPage(): string {
  return `# Command line

<!-- Generated from src/cli/commands.ts by npm run docs:gen. -->

The server is the one of \`--url\`, else of \`PERDURE_API_URL\` (\`TRIGGER_API_URL\`), each with the key of \`PERDURE_SECRET_KEY\`
(\`TRIGGER_SECRET_KEY\`), else the one that serves the project in this folder or above it: \`perdure dev\` and \`perdure start\` write
\`.perdure/server.json\`, the former with a key of its own. Results go to standard output and everything else to standard error. With \`--json\` results and errors are JSON, one object to a line. Colours are for
terminals, and \`NO_COLOR\` turns them off.

## Exit codes

| Code | Means |
| --- | --- |
${Object.values(EXIT_CODES)
  .map(({ code, means }) => `| ${code} | ${means} |`)
  .join("\n")}

${LOADED.map(commandSection).join("\n")}`;
}

function commandSection({ name, takes, does, command }: (typeof LOADED)[number]): string {
  const rows = optionRows(command).map(([option, means]) => `| \`${option}\` | ${means} |`);
  return `## perdure ${[name, takes].filter(Boolean).join(" ")}

${does}

| Option | Means |
| --- | --- |
${rows.join("\n")}
${command.words === undefined ? "" : wordTable(command.words)}`;
}

function wordTable(words: Readonly<Record<string, string>>): string {
  const rows = Object.entries(words).map(([word, means]) => `| ${word} | ${means} |`);
  return `
| It says | That means |
| --- | --- |
${rows.join("\n")}
`;
}
