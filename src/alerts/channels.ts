import { type AlertOptions, alertRules, isWebAddress, type WebhookOptions } from "../core/alert-options.ts";
import type { AlertRule } from "../core/alerts.ts";
import { childEnvironment } from "../core/child-environment.ts";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { Channel } from "./channel.ts";
import { commandChannel } from "./command.ts";
import { emailChannel } from "./email.ts";
import { mailServer } from "./mail-server.ts";
import { loadMailer } from "./mailer.ts";
import { webhookChannel } from "./webhook.ts";
import { webhookSecret } from "./webhook-signature.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface AlertsContext {
  readonly env: Env;
  /** The environment, which holds the secrets that the options name. */
  readonly variables: Variables;
  /** Where commands run. */
  readonly folder: string;
}

/** The alerts of one node, ready to be sent. */
export interface Alerts {
  readonly rules: readonly AlertRule[];
  /** By the name of the rule. */
  readonly channels: ReadonlyMap<string, Channel>;
}

export const NO_ALERTS: Alerts = { rules: [], channels: new Map() };

const SMTP_VARIABLE = "PERDURE_SMTP_URL";

/**
 * Looks up what the options name, so that what is missing is said at the start and not at the first failure.
 *
 * @param options - Checked by `checkAlerts`.
 * @throws {PerdureError} `VARIABLE_MISSING`, `VARIABLE_INVALID`, or `OPTION_INVALID` without the package that sends mail.
 */
export async function openAlerts(options: readonly AlertOptions[], context: AlertsContext): Promise<Alerts> {
  const rules = alertRules(options);
  const channels = new Map<string, Channel>();
  for (const [place, { name }] of rules.entries()) {
    channels.set(name, await openChannel(options[place] as AlertOptions, `The alert ${name}`, context));
  }
  return { rules, channels };
}

async function openChannel(options: AlertOptions, what: string, context: AlertsContext): Promise<Channel> {
  const { webhook, email, command = [] } = options;
  const { env, variables, folder } = context;
  if (webhook !== undefined) return openWebhook(webhook, what, context);
  if (email !== undefined) {
    const { smtpVariable = SMTP_VARIABLE } = email;
    const server = mailServer(get(variables, smtpVariable, what), smtpVariable);
    return emailChannel({ to: [email.to].flat(), from: email.from, server, mailer: await loadMailer() });
  }
  return commandChannel({
    env,
    words: command,
    folder,
    variables: childEnvironment(variables, options.variables ?? []),
  });
}

function openWebhook(webhook: WebhookOptions, what: string, { env, variables }: AlertsContext): Channel {
  const { url = get(variables, webhook.urlVariable ?? "", what), secretVariable } = webhook;
  if (!isWebAddress(url)) {
    const problem = "it is not an http:// or https:// address without user and password";
    throw perdureError("VARIABLE_INVALID", { variable: webhook.urlVariable, problem });
  }
  const secret =
    secretVariable === undefined ? undefined : webhookSecret(get(variables, secretVariable, what), secretVariable);
  return webhookChannel({ env, url, secret });
}

function get(variables: Variables, variable: string, what: string): string {
  const text = variables[variable];
  if (text === undefined || text === "") throw perdureError("VARIABLE_MISSING", { what, variable });
  return text;
}
