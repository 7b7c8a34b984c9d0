import { ALERT_OCCASIONS, type AlertOccasion, type AlertRule } from "./alerts.ts";
import { perdureError } from "./errors.ts";
import { isName, LIMITS, nameRule } from "./limits.ts";

/** Whom to tell when a run needs a person, and how: by exactly one of `webhook`, `command` and `email`. */
export interface AlertOptions {
  /** What it is called in logs. Deliveries that are under way find their alert by it. Default: made from where it goes. */
  name?: string;
  /** `failure`: a run failed for good. `held`: its code no longer fits its journal and a person has to decide. Default: both. */
  on?: AlertOccasion;
  /** Ids of tasks, in which `*` stands for any part. Default: all. */
  tasks?: readonly string[];
  webhook?: WebhookOptions;
  /** Program and arguments, without a shell. It gets the message as JSON on its standard input. */
  command?: readonly string[];
  /** Environment variables that the command may read, beside those that every program needs. */
  variables?: readonly string[];
  email?: EmailOptions;
}

/** A request as the Standard Webhooks specification describes it. Give either `url` or `urlVariable`. */
export interface WebhookOptions {
  url?: string;
  /** Name of the environment variable that holds the address, where it is a secret itself. */
  urlVariable?: string;
  /** Name of the environment variable that holds the secret, `whsec_…`. Default: requests are not signed. */
  secretVariable?: string;
}

export interface EmailOptions {
  to: string | readonly string[];
  from: string;
  /** Name of the environment variable that holds the server, `smtps://user:password@host`. Default: `PERDURE_SMTP_URL`. */
  smtpVariable?: string;
}

const CHANNELS = ["webhook", "command", "email"] as const;
const KNOWN: Readonly<Record<"alert" | "webhook" | "email", readonly string[]>> = {
  alert: ["name", "on", "tasks", "webhook", "command", "variables", "email"] satisfies (keyof AlertOptions)[],
  webhook: ["url", "urlVariable", "secretVariable"] satisfies (keyof WebhookOptions)[],
  email: ["to", "from", "smtpVariable"] satisfies (keyof EmailOptions)[],
};
const MAX_ALERTS = 50;
const VARIABLE_NAME = /^[A-Za-z_]\w*$/;
/** One address, with or without the name of its owner; no line break can add a header. */
const ADDRESS = /^[^\p{Cc}]*@[^\p{Cc}\s]+$/u;

/**
 * The alerts, once every part of them is known to be good.
 *
 * @param what - What has them, for an error.
 * @throws {PerdureError} `OPTION_INVALID`, `OPTION_UNSUPPORTED`.
 */
export function checkAlerts(given: unknown, what: string): readonly AlertOptions[] {
  if (!Array.isArray(given) || given.length > MAX_ALERTS)
    refuse(what, `alerts must be a list of at most ${MAX_ALERTS}`);
  for (const [place, alert] of given.entries()) checkAlert(alert, what, `alerts[${place}]`);
  const alerts: readonly AlertOptions[] = given;
  const names = alerts.flatMap(({ name }) => name ?? []);
  const twice = names.find((name, place) => names.indexOf(name) < place);
  if (twice !== undefined) refuse(what, `two alerts have the name ${twice}`);
  return alerts;
}

/** When each applies, in the order of the options; those without a name get one. */
export function alertRules(alerts: readonly AlertOptions[]): readonly AlertRule[] {
  const taken = new Set(alerts.flatMap(({ name }) => name ?? []));
  return alerts.map((alert) => {
    const name = alert.name ?? freeName(whereTo(alert), taken);
    taken.add(name);
    const on = alert.on === undefined ? ALERT_OCCASIONS : [alert.on];
    return { name, on, ...(alert.tasks === undefined ? {} : { tasks: alert.tasks }) };
  });
}

/** Of an address only the host: its path may be the secret. */
function whereTo({ webhook, command = [], email }: AlertOptions): string {
  if (webhook !== undefined) return `webhook ${webhook.url === undefined ? webhook.urlVariable : hostOf(webhook.url)}`;
  if (email !== undefined) return `email ${[email.to].flat().join(" ")}`;
  return `command ${command[0]}`;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const short = wanted.slice(0, LIMITS.alertNameCharacters - 4);
  for (let number = 1; ; number++) {
    const name = number === 1 ? short : `${short} ${number}`;
    if (!taken.has(name)) return name;
  }
}

function checkAlert(alert: unknown, what: string, path: string): void {
  const { name, on, tasks, variables, ...rest } = asObject(alert, "alert", what, path);
  if (name !== undefined && !isName(name, LIMITS.alertNameCharacters))
    refuse(what, `${path}.name ${nameRule(LIMITS.alertNameCharacters)}`);
  if (on !== undefined && !(ALERT_OCCASIONS as readonly unknown[]).includes(on))
    refuse(what, `${path}.on must be one of ${ALERT_OCCASIONS.join(", ")}`);
  if (tasks !== undefined && !isFilledList(tasks)) refuse(what, `${path}.tasks must be a list of ids or patterns`);
  const channels = CHANNELS.filter((channel) => rest[channel] !== undefined);
  if (channels.length !== 1) refuse(what, `${path} must have one of ${CHANNELS.join(", ")}`);
  const { webhook, command, email } = rest;
  if (webhook !== undefined) checkWebhook(webhook, what, `${path}.webhook`);
  if (command !== undefined && !isFilledList(command))
    refuse(what, `${path}.command must be a list of a program and its arguments`);
  if (email !== undefined) checkEmail(email, what, `${path}.email`);
  if (variables === undefined) return;
  if (command === undefined) refuse(what, `${path}.variables are for a command`);
  if (!Array.isArray(variables) || !variables.every(isVariableName))
    refuse(what, `${path}.variables must be a list of names of environment variables`);
}

function checkWebhook(webhook: unknown, what: string, path: string): void {
  const { url, urlVariable, secretVariable } = asObject(webhook, "webhook", what, path);
  if ((url === undefined) === (urlVariable === undefined)) refuse(what, `${path} must have either url or urlVariable`);
  if (url !== undefined && !isWebAddress(url))
    refuse(what, `${path}.url must be an http:// or https:// address without user and password`);
  checkVariable(urlVariable, what, `${path}.urlVariable`);
  checkVariable(secretVariable, what, `${path}.secretVariable`);
}

function checkEmail(email: unknown, what: string, path: string): void {
  const { to, from, smtpVariable } = asObject(email, "email", what, path);
  const receivers: readonly unknown[] = [to].flat();
  if (receivers.length === 0 || !receivers.every(isAddress))
    refuse(what, `${path}.to must be an address or a list of addresses`);
  if (!isAddress(from)) refuse(what, `${path}.from must be an address`);
  checkVariable(smtpVariable, what, `${path}.smtpVariable`);
}

/** A secret in its place would be in the repository by now, and is not repeated in a log. */
function checkVariable(name: unknown, what: string, path: string): void {
  if (name !== undefined && !isVariableName(name))
    refuse(what, `${path} must be the name of the environment variable that holds it, not the secret itself`);
}

export function isWebAddress(given: unknown): boolean {
  if (typeof given !== "string" || !URL.canParse(given)) return false;
  const { protocol, username, password } = new URL(given);
  return ["http:", "https:"].includes(protocol) && username === "" && password === "";
}

function asObject(given: unknown, kind: keyof typeof KNOWN, what: string, path: string): Record<string, unknown> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) refuse(what, `${path} must be an object`);
  for (const [option, part] of Object.entries(given)) {
    if (part !== undefined && !KNOWN[kind].includes(option))
      throw perdureError("OPTION_UNSUPPORTED", { what, option: `${path}.${option}` });
  }
  return given as Record<string, unknown>;
}

function hostOf(url: string): string {
  return new URL(url).host;
}

function isAddress(given: unknown): given is string {
  return typeof given === "string" && ADDRESS.test(given);
}

function isVariableName(given: unknown): given is string {
  return typeof given === "string" && VARIABLE_NAME.test(given);
}

function isFilledList(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.length > 0 && given.every((entry) => isName(entry, LIMITS.alertWordCharacters));
}

function refuse(what: string, problem: string): never {
  throw perdureError("OPTION_INVALID", { what, problem });
}
