/** Resend's API as far as sending a mail goes: the shapes of its answers, its errors, and its idempotency keys. */
import { createHash } from "node:crypto";
import { type Answer, startCountingServer } from "./counting-server.ts";

export interface Mail {
  readonly from: string;
  readonly to: string | readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
}

const REQUIRED = ["from", "to", "subject"] as const;

export async function startMailApi() {
  const mails: Mail[] = [];
  const sent = new Map<string, { readonly body: string; readonly id: string }>();
  const server = await startCountingServer(({ method, path, headers, body }) => {
    if (method !== "POST" || path !== "/emails")
      return refused(404, "not_found", "The requested endpoint does not exist");
    if (!/^Bearer re_\w+$/.test(headers.authorization ?? "")) return refused(401, "missing_api_key", "Missing API Key");
    const key = headers["idempotency-key"]?.toString();
    const before = key === undefined ? undefined : sent.get(key);
    if (before !== undefined && before.body !== body)
      return refused(409, "invalid_idempotent_request", "Same idempotency key used with a different request payload");
    if (before !== undefined) return json(200, { id: before.id });
    const mail = JSON.parse(body) as Mail;
    const missing = REQUIRED.find((field) => mail[field] === undefined);
    if (missing !== undefined) return refused(422, "missing_required_field", `Missing \`${missing}\` field.`);
    mails.push(mail);
    const id = idOf(mails.length);
    if (key !== undefined) sent.set(key, { body, id });
    return json(200, { id });
  });
  return { ...server, mails: mails as readonly Mail[] };
}

/** A UUID, the same for each mail in each performance. */
function idOf(count: number): string {
  const hex = createHash("sha256").update(`mail ${count}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function refused(statusCode: number, name: string, message: string): Answer {
  return json(statusCode, { statusCode, name, message });
}

function json(status: number, content: unknown): Answer {
  const limits = { "ratelimit-limit": "2", "ratelimit-remaining": "1", "ratelimit-reset": "1" };
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...limits },
    body: JSON.stringify(content),
  };
}
