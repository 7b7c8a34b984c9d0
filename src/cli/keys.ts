import type { Duration, SecretKey } from "../sdk/index.ts";
import { type Command, onlyOne, textOf, UsageError } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** `perdure keys create <name>`: writes the secret, and nothing else, to standard output. */
export const keysCreateCommand: Command = {
  options: {
    expires: {
      type: "string",
      value: "<time>",
      means: 'How long it opens anything: "90d". Default: until it is revoked.',
    },
  },
  async run(input) {
    const name = onlyOne(input, "name");
    const expiresIn = textOf(input, "expires") as Duration | undefined;
    const key = await input.keys.create({ name, ...(expiresIn === undefined ? {} : { expiresIn }) });
    input.terminal.progress(`${key.id}, ${name}. Keep what follows: it is not shown again.`);
    input.terminal.line(key.secret);
    input.terminal.json(key);
    return EXIT_CODES.ok.code;
  },
};

/** `perdure keys list`. */
export const keysListCommand: Command = {
  options: {},
  async run({ positionals, keys, terminal }) {
    if (positionals.length > 0) throw new UsageError(`keys list takes options only, not ${positionals[0]}.`);
    const listed = await keys.list();
    for (const key of listed) terminal.line(keyLine(key, terminal));
    if (listed.length === 0) terminal.progress("There is no key but the one with which the server was started.");
    terminal.json({ data: listed });
    return EXIT_CODES.ok.code;
  },
};

/** `perdure keys revoke <key> …`. */
export const keysRevokeCommand: Command = {
  options: {},
  async run({ positionals, keys, terminal }) {
    if (positionals.length === 0) throw new UsageError("Which keys? Name those to revoke by their ids.");
    for (const given of positionals) {
      const key = await keys.revoke(given);
      terminal.line(keyLine(key, terminal));
      terminal.json(key);
    }
    return EXIT_CODES.ok.code;
  },
};

function keyLine(key: SecretKey, terminal: Terminal): string {
  const { id, lastFour, createdAt, name } = key;
  return `${id}  \u2026${lastFour}  ${createdAt.toISOString()}  ${name}  ${terminal.paint(stateOf(key), "gray")}`;
}

function stateOf({ revokedAt, expiresAt, lastUsedAt }: SecretKey): string {
  if (revokedAt !== undefined) return `revoked ${revokedAt.toISOString()}`;
  const end = expiresAt === undefined ? "" : `, ends ${expiresAt.toISOString()}`;
  return (lastUsedAt === undefined ? "never used" : `last used ${lastUsedAt.toISOString()}`) + end;
}
