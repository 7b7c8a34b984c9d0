import type { Env } from "../core/env.ts";
import { type AlertMessage, type Channel, type Delivery, failed, type Sent } from "./channel.ts";
import { webhookHeaders } from "./webhook-signature.ts";

export interface Webhook {
  readonly env: Env;
  readonly url: string;
  readonly secret: Uint8Array | undefined;
}

const TIMEOUT_MS = 15_000;
const GONE = 410;
/** A receiver that asks for more patience than this is asked again all the same. */
const LONGEST_WAIT_MS = 60 * 60_000;
/** Of an answer that is no success, for the log. */
const ANSWER_CHARACTERS = 200;

/** A signed request of the Standard Webhooks specification. Any address will do, one of this machine too: it is the operator's own choice. */
export function webhookChannel(webhook: Webhook): Channel {
  return { send: (message, delivery) => post(webhook, message, delivery) };
}

async function post({ env, url, secret }: Webhook, message: AlertMessage, { id, signal }: Delivery): Promise<Sent> {
  const body = JSON.stringify(message);
  const timeout = new AbortController();
  const timer = env.timer(TIMEOUT_MS, () => timeout.abort());
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "user-agent": "Perdure",
        ...webhookHeaders(body, { id, at: env.now(), secret }),
      },
      // Whoever could redirect it would get what is meant for the address that was named.
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    return await judge(response, env);
  } catch (error) {
    if (timeout.signal.aborted) return failed(`${new URL(url).host} did not answer within ${TIMEOUT_MS / 1_000} s`);
    return failed(`${new URL(url).host} could not be reached: ${reasonOf(error)}`);
  } finally {
    timer.clear();
  }
}

async function judge(response: Response, env: Env): Promise<Sent> {
  const { status, ok } = response;
  const answer = ok ? "" : await beginningOf(response);
  await response.body?.cancel().catch(() => undefined);
  if (ok) return { kind: "sent", note: `answered with ${status}` };
  const problem = `the receiver answered with ${status}${answer === "" ? "" : `: ${answer}`}`;
  if (status === GONE) return { kind: "gone", problem };
  const waitMs = waitMsOf(response.headers.get("retry-after"), env.now());
  return { ...failed(problem), ...(waitMs === undefined ? {} : { retryAt: env.now() + waitMs }) };
}

/** However long it is, no more of it is read than is shown. */
async function beginningOf({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader !== undefined && text.length < ANSWER_CHARACTERS) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel().catch(() => undefined);
  reader?.releaseLock();
  return text.slice(0, ANSWER_CHARACTERS).replaceAll(/\s+/g, " ").trim();
}

/** Seconds or a date, as HTTP has it. */
function waitMsOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), LONGEST_WAIT_MS);
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  const { code } = cause as Error & { readonly code?: string };
  return cause.message === "" ? (code ?? message) : cause.message;
}
