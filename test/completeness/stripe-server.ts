/** Stripe's API as far as the completeness test needs it: customers are created and listed, with idempotency keys and failures. */
import { idOf, type ScriptedServer, sendJson, startScriptedServer } from "../../examples/servers/scripted-server.ts";

interface Answered {
  readonly body: string;
  readonly customer: object;
}

/** @param failures - Requests to create that fail first, with status 503 and Stripe's word that they may be made again. */
export function startStripeServer(failures = 0): Promise<ScriptedServer> {
  const customers: { readonly id: string }[] = [];
  const answered = new Map<string, Answered>();
  let toFail = failures;

  return startScriptedServer(({ method, path, query, headers, body }, response) => {
    const requestId = {
      "request-id": idOf("req_", method, path, query.toString(), body.toString("utf8")),
      "stripe-version": String(headers["stripe-version"]),
    };
    const fail = (status: number, error: object, more: Record<string, string> = {}) =>
      sendJson(response, status, { error }, { ...requestId, ...more });
    if (!headers.authorization?.startsWith("Bearer "))
      return fail(401, { type: "invalid_request_error", message: "You did not provide an API key." });
    if (path !== "/v1/customers")
      return fail(404, { type: "invalid_request_error", message: `Unrecognized request URL (${method}: ${path}).` });
    if (method === "GET") return sendJson(response, 200, page(query), requestId);
    if (toFail > 0) {
      toFail--;
      return fail(503, { type: "api_error", message: "Try again." }, { "stripe-should-retry": "true" });
    }
    const text = body.toString("utf8");
    const key = headers["idempotency-key"] as string | undefined;
    const earlier = key === undefined ? undefined : answered.get(key);
    if (earlier !== undefined && earlier.body !== text)
      return fail(400, {
        type: "idempotency_error",
        message: "Keys for idempotent requests can only be used with the same parameters.",
      });
    if (earlier !== undefined)
      return sendJson(response, 200, earlier.customer, { ...requestId, "idempotent-replayed": "true" });
    const customer = create(new URLSearchParams(text));
    if (key !== undefined) answered.set(key, { body: text, customer });
    sendJson(response, 200, customer, requestId);
  });

  function create(form: URLSearchParams) {
    const id = idOf("cus_", customers.length, form.toString());
    const customer = {
      id,
      object: "customer",
      created: 1_760_000_000,
      email: form.get("email"),
      livemode: false,
      metadata: {},
      name: form.get("name"),
    };
    // The newest come first.
    customers.unshift(customer);
    return customer;
  }

  function page(query: URLSearchParams) {
    const limit = Number(query.get("limit") ?? 10);
    const after = customers.findIndex(({ id }) => id === query.get("starting_after")) + 1;
    const data = customers.slice(after, after + limit);
    return { object: "list", url: "/v1/customers", has_more: after + limit < customers.length, data };
  }
}
