import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { freePort, receiveWebhooks, SECRET } from "../../test/alerts/receivers.ts";
import { createSystemEnv } from "../system/index.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import type { AlertMessage } from "./channel.ts";
import { webhookChannel } from "./webhook.ts";
import { webhookSecret } from "./webhook-signature.ts";

const MESSAGE: AlertMessage = {
  type: "run.failed",
  timestamp: "2030-01-01T00:00:00.000Z",
  text: "Run run_1 of é failed.",
  data: { run: { id: "run_1", task: "é" } },
};
const { signal } = new AbortController();
const env = createSystemEnv();

function send(url: string, secret: string | undefined = SECRET) {
  const bytes = secret === undefined ? undefined : webhookSecret(secret, "SECRET");
  return webhookChannel({ env, url, secret: bytes }).send(MESSAGE, { id: "run_alert", signal });
}

describe("a webhook", () => {
  it("is a request that an implementation of the specification accepts, and that nobody can alter", async () => {
    const receiver = await receiveWebhooks();
    expect(await send(receiver.url)).toEqual({ kind: "sent", note: "answered with 204" });
    const { headers, body } = receiver.requests[0] as (typeof receiver.requests)[number];
    const theirs = new Webhook(SECRET);
    expect(theirs.verify(body, headers as Record<string, string>)).toEqual(MESSAGE);
    expect(headers).toMatchObject({ "content-type": "application/json", "webhook-id": "run_alert" });
    expect(() => theirs.verify(`${body} `, headers as Record<string, string>)).toThrow();
    expect(() => theirs.verify(body, { ...(headers as Record<string, string>), "webhook-id": "run_b" })).toThrow();
  });

  it("is not signed where no secret is given", async () => {
    const receiver = await receiveWebhooks();
    await webhookChannel({ env, url: receiver.url, secret: undefined }).send(MESSAGE, { id: "run_alert", signal });
    expect(receiver.requests[0]?.headers).not.toHaveProperty("webhook-signature");
  });

  it("has failed when the receiver says so, and says what it said, as far as one wants to read", async () => {
    const { url } = await receiveWebhooks([(_, response) => response.writeHead(500).end(`out of\n${"x".repeat(1e6)}`)]);
    const sent = await send(url);
    expect(sent).toMatchObject({
      kind: "failed",
      problem: expect.stringMatching(/^the receiver answered with 500: out of x+$/),
    });
    expect(JSON.stringify(sent).length).toBeLessThan(400);
  });

  it("is not sent on to wherever the receiver points", async () => {
    const elsewhere = await receiveWebhooks();
    const { url } = await receiveWebhooks([
      (_, response) => response.writeHead(307, { location: elsewhere.url }).end(),
    ]);
    expect(await send(url)).toMatchObject({ kind: "failed", problem: "the receiver answered with 307" });
    expect(elsewhere.requests).toEqual([]);
  });

  it("is not sent again when the receiver is gone for good", async () => {
    const { url } = await receiveWebhooks([410]);
    expect(await send(url)).toEqual({ kind: "gone", problem: "the receiver answered with 410" });
  });

  it.each([
    ["120", 120_000],
    ["999999999", 3_600_000],
    [new Date(Date.now() + 300_000).toUTCString(), 300_000],
    [new Date(0).toUTCString(), 0],
  ])("waits for as long as the receiver asks, Retry-After: %s", async (header, waitMs) => {
    const { url } = await receiveWebhooks([(_, response) => response.writeHead(429, { "retry-after": header }).end()]);
    const sent = await send(url);
    expect(
      sent.kind === "failed" && sent.retryAt !== undefined && Math.abs(sent.retryAt - Date.now() - waitMs) < 30_000,
    ).toBe(true);
  });

  it("does not wait for what is no time", async () => {
    const { url } = await receiveWebhooks([(_, response) => response.writeHead(503, { "retry-after": "soon" }).end()]);
    expect(await send(url)).toEqual({ kind: "failed", problem: "the receiver answered with 503" });
  });

  it("names the host, and not the address, of a receiver that is not there", async () => {
    const port = await freePort();
    const sent = await send(`http://127.0.0.1:${port}/a-secret-path`);
    expect(sent).toMatchObject({
      kind: "failed",
      problem: expect.stringContaining(`127.0.0.1:${port} could not be reached`),
    });
    expect(JSON.stringify(sent)).not.toContain("secret");
  });

  it("has an end although the receiver says nothing", async () => {
    const receiver = await receiveWebhooks([() => undefined]);
    const virtual = createVirtualEnv();
    const sending = webhookChannel({ env: virtual, url: receiver.url, secret: undefined }).send(MESSAGE, {
      id: "a",
      signal,
    });
    await receiver.has(1);
    await virtual.advance(15_000);
    expect(await sending).toMatchObject({
      kind: "failed",
      problem: expect.stringContaining("did not answer within 15 s"),
    });
  });

  it("has an end although the receiver says something for ever", async () => {
    const { url } = await receiveWebhooks([
      (_, response) => {
        response.writeHead(200).write("x");
      },
    ]);
    expect(await send(url)).toMatchObject({ kind: "sent" });
  });
});

describe("a secret of a webhook", () => {
  it.each(["", "whsec_", "whsec_abc", "abc", SECRET.slice(6), `${SECRET}!`, `whsec_${"A".repeat(200)}`])(
    "%j is refused without being repeated",
    (secret) => {
      expect(() => webhookSecret(secret, "HOOK_SECRET")).toThrow(expect.objectContaining({ code: "VARIABLE_INVALID" }));
      if (secret.length > 10)
        expect(() => webhookSecret(secret, "HOOK_SECRET")).not.toThrow(
          new RegExp(secret.slice(0, 40).replace(/[+/!]/g, ".")),
        );
    },
  );
});
