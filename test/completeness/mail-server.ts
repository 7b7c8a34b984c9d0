/**
 * Resend's API as far as applications need it: send a mail, or a batch of mails, and look at one. Mails are delivered nowhere and kept
 * for a test, or a reader, to look at. Idempotency keys are honoured as Resend does.
 */
import type { ServerResponse } from "node:http";
import {
  idOf,
  type ScriptedServer,
  type SeenRequest,
  sendJson,
  startScriptedServer,
} from "../../examples/servers/scripted-server.ts";

export interface Mail {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly html?: string;
  readonly text?: string;
}

export interface MailServer extends ScriptedServer {
  /** In the order in which they were accepted; one that was asked for again with its idempotency key is here once. */
  readonly mails: readonly Mail[];
}

export interface MailServerOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Requests that are refused first, with status 429. Default: none. */
  readonly refusals?: number;
}

interface MailRequest extends Omit<Mail, "id" | "to"> {
  readonly to: string | readonly string[];
}

interface Given {
  readonly body: string;
  readonly answer: unknown;
}

/** @returns The server; clients take its `url` as their base URL, with any key. */
export async function startMailServer({ port, refusals = 0 }: MailServerOptions = {}): Promise<MailServer> {
  const mails: Mail[] = [];
  const given = new Map<string, Given>();
  let toRefuse = refusals;

  const server = await startScriptedServer((request, response) => {
    const { method, path, headers } = request;
    if (!headers.authorization?.startsWith("Bearer "))
      return refuse(response, 401, "missing_api_key", "Missing API Key");
    if (toRefuse > 0) {
      toRefuse--;
      return refuse(response, 429, "rate_limit_exceeded", "Too many requests.", { "retry-after": "1" });
    }
    if (method === "GET" && path.startsWith("/emails/")) return show(path.slice("/emails/".length), response);
    if (method === "POST" && path === "/emails")
      return accept(request, response, (mail) => ({ id: keep(mail as MailRequest) }));
    if (method === "POST" && path === "/emails/batch")
      return accept(request, response, (batch) => ({
        data: (batch as MailRequest[]).map((mail) => ({ id: keep(mail) })),
      }));
    return refuse(response, 404, "not_found", "The requested endpoint does not exist");
  }, port);
  return Object.assign(server, { mails });

  function accept({ body, headers }: SeenRequest, response: ServerResponse, take: (content: unknown) => unknown): void {
    const text = body.toString("utf8");
    const key = headers["idempotency-key"] as string | undefined;
    const earlier = key === undefined ? undefined : given.get(key);
    if (earlier !== undefined) {
      if (earlier.body === text) sendJson(response, 200, earlier.answer);
      else
        refuse(
          response,
          409,
          "invalid_idempotent_request",
          "Same idempotency key used with a different request payload",
        );
      return;
    }
    const content = JSON.parse(text) as MailRequest | MailRequest[];
    const missing = [content]
      .flat()
      .flatMap((mail) => (["from", "to", "subject"] as const).filter((name) => mail[name] === undefined));
    if (missing.length > 0) {
      refuse(response, 422, "missing_required_field", `Missing \`${missing[0]}\` field.`);
      return;
    }
    const answer = take(content);
    if (key !== undefined) given.set(key, { body: text, answer });
    sendJson(response, 200, answer);
  }

  function keep(asked: MailRequest): string {
    const hex = idOf("", mails.length, asked).padEnd(32, "0");
    const id = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `8${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join("-");
    mails.push({ ...asked, id, to: [asked.to].flat() });
    return id;
  }

  function show(id: string, response: ServerResponse): void {
    const mail = mails.find((one) => one.id === id);
    if (mail === undefined) {
      refuse(response, 404, "not_found", "Email not found");
      return;
    }
    const times = { created_at: "2030-01-01 00:00:00.000000+00", scheduled_at: null };
    sendJson(response, 200, {
      object: "email",
      html: null,
      text: null,
      ...mail,
      cc: [],
      bcc: [],
      reply_to: [],
      ...times,
      last_event: "delivered",
    });
  }
}

function refuse(
  response: ServerResponse,
  statusCode: number,
  name: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  sendJson(response, statusCode, { statusCode, name, message }, headers);
}
