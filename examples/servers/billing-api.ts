/** Stripe's API as far as creating an invoice item goes: the shapes of its answers, its errors, and its idempotency keys. */
import { type Answer, startCountingServer } from "./counting-server.ts";

export interface InvoiceItem {
  readonly id: string;
  readonly object: "invoiceitem";
  /** In the smallest unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly description: string | null;
  readonly livemode: false;
}

const PATH = "/v1/invoiceitems";

export async function startBillingApi() {
  const items: InvoiceItem[] = [];
  const answers = new Map<string, Answer>();
  const server = await startCountingServer(({ method, path, headers, body }) => {
    if (method !== "POST" || path !== PATH) return refused(404, `Unrecognized request URL (${method}: ${path}).`);
    if (!/^Bearer sk_\w+$/.test(headers.authorization ?? "")) return refused(401, "You did not provide an API key.");
    const key = headers["idempotency-key"]?.toString();
    const before = key === undefined ? undefined : answers.get(key);
    if (before !== undefined) return { ...before, headers: { ...before.headers, "idempotent-replayed": "true" } };
    const form = new URLSearchParams(body);
    const missing = ["customer", "amount", "currency"].find((field) => !form.has(field));
    if (missing !== undefined) return refused(400, `Missing required param: ${missing}.`, missing);
    const item: InvoiceItem = {
      id: `ii_${String(items.length + 1).padStart(14, "0")}`,
      object: "invoiceitem",
      amount: Number(form.get("amount")),
      currency: form.get("currency") ?? "",
      customer: form.get("customer") ?? "",
      description: form.get("description"),
      livemode: false,
    };
    items.push(item);
    const answer = json(200, item);
    if (key !== undefined) answers.set(key, answer);
    return answer;
  });
  return { ...server, items: items as readonly InvoiceItem[] };
}

function refused(status: number, message: string, param?: string): Answer {
  return json(status, { error: { type: "invalid_request_error", message, ...(param === undefined ? {} : { param }) } });
}

function json(status: number, content: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(content) };
}
