import { type AlertMessage, type Channel, type Delivery, failed, type Sent } from "./channel.ts";
import type { MailServer } from "./mail-server.ts";
import { mailText } from "./mail-text.ts";
import type { Mailer } from "./mailer.ts";

export interface Email {
  readonly to: readonly string[];
  readonly from: string;
  readonly server: MailServer;
  readonly mailer: Mailer;
}

const CONNECT_TIMEOUT_MS = 15_000;
const SILENCE_TIMEOUT_MS = 30_000;
const SUBJECT_CHARACTERS = 150;

/** A mail in plain text. Repeated, it has the same Message-ID, by which receivers can tell. */
export function emailChannel(email: Email): Channel {
  return { send: (message, delivery) => mail(email, message, delivery) };
}

async function mail(
  { to, from, server, mailer }: Email,
  message: AlertMessage,
  { id, signal }: Delivery,
): Promise<Sent> {
  const transport = mailer.createTransport({
    ...server,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { accepted, rejected } = await transport.sendMail({
      from,
      to: [...to],
      subject: subjectOf(message),
      text: mailText(message),
      date: new Date(message.timestamp),
      messageId: `<${id}@${domainOf(from)}>`,
      // So that no out-of-office reply comes back.
      headers: { "Auto-Submitted": "auto-generated" },
      signal,
    });
    const refusals = rejected.length === 0 ? "" : `; refused for ${rejected.map(addressOf).join(", ")}`;
    return { kind: "sent", note: `accepted for ${accepted.map(addressOf).join(", ")}${refusals}` };
  } catch (error) {
    return failed(`${server.host} did not take the mail: ${(error as Error).message}`);
  } finally {
    transport.close();
  }
}

function subjectOf({ text }: AlertMessage): string {
  const [line = ""] = text.split(/[\r\n]/);
  return `[perdure] ${line.length > SUBJECT_CHARACTERS ? `${line.slice(0, SUBJECT_CHARACTERS)}…` : line}`;
}

function domainOf(from: string): string {
  return from.slice(from.lastIndexOf("@") + 1).replace(/>.*$/, "");
}

function addressOf(receiver: string | { readonly address: string }): string {
  return typeof receiver === "string" ? receiver : receiver.address;
}
