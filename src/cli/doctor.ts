import { resolve } from "node:path";
import { type Command, type Input, portOf, textOf, UsageError } from "./command.ts";
import { checkDatabase } from "./doctor/database-checks.ts";
import type { Finding, Patient } from "./doctor/finding.ts";
import { checkProject } from "./doctor/project-checks.ts";
import { checkSecurity } from "./doctor/security-checks.ts";
import { checkServer } from "./doctor/server-checks.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { givenUrlOf, isOf } from "./find-server.ts";
import { PERDURE_FOLDER } from "./folder.ts";
import { findServerFile, isAlive } from "./server-file.ts";
import { PORT } from "./start.ts";
import type { Color, Terminal } from "./terminal.ts";

/** `perdure doctor`: looks at everything that a start or a call could fail by, and changes nothing. */
export const doctorCommand: Command = {
  options: {
    db: {
      type: "string",
      value: "<db>",
      means: "SQLite file or postgres:// URL. Default: PERDURE_DATABASE_URL, or .perdure/perdure.db.",
    },
    port: { type: "string", value: "<n>", means: `Where a server is to listen. Default: ${PORT}.` },
  },
  async run(input) {
    if (input.positionals.length > 0) throw new UsageError(`doctor takes options only, not ${input.positionals[0]}.`);
    const patient = patientOf(input);
    const findings = await examine(patient, input);
    for (const finding of findings) tell(finding, input.terminal);
    input.terminal.json({ findings });
    const isSick = findings.some(({ level }) => level === "fail");
    return isSick ? EXIT_CODES.refused.code : EXIT_CODES.ok.code;
  },
};

function patientOf(input: Input): Patient {
  const root = process.cwd();
  const port = portOf(input, 1) ?? PORT;
  const given = givenUrlOf(textOf(input, "url"), process.env);
  const found = findServerFile(root)?.file;
  const serving = found !== undefined && isAlive(found.pid) ? found : undefined;
  return {
    root,
    port,
    db: textOf(input, "db") ?? (process.env["PERDURE_DATABASE_URL"] || resolve(root, PERDURE_FOLDER, "perdure.db")),
    url: given ?? serving?.url ?? `http://127.0.0.1:${port}`,
    isServerExpected: given !== undefined || serving !== undefined,
    hasOwnKey: serving?.secretKey !== undefined && (given === undefined || isOf(serving, given)),
    variables: process.env,
  };
}

async function examine(patient: Patient, { client }: Input): Promise<readonly Finding[]> {
  const found = await Promise.all([
    checkProject(patient),
    checkDatabase(patient),
    checkSecurity(patient),
    checkServer(patient, () => client().calls.status({})),
  ]);
  return found.flat();
}

const COLORS: Readonly<Record<Finding["level"], Color>> = { ok: "green", warn: "yellow", fail: "red" };

function tell({ check, level, sentence, cure }: Finding, terminal: Terminal): void {
  terminal.line(`${terminal.paint(level.padEnd(4), COLORS[level])}  ${check}: ${sentence}`);
  if (cure !== undefined) terminal.line(`      ${cure}`);
}
