/** Someone is told of a run that failed: a webhook, and the receiver that checks who sent it. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AbortTaskRunError, task } from "perdure";
import { createPerdure } from "perdure/embedded";

const charge = task({
  id: "charge-card",
  run: async () => {
    throw new AbortTaskRunError("The card has expired");
  },
});

// Made once with: echo "whsec_$(openssl rand -base64 32)". Sender and receiver have it in their environment, nobody else.
process.env["ALERT_SECRET"] = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

function isFromPerdure(headers: Record<string, unknown>, body: string): boolean {
  const secret = Buffer.from(String(process.env["ALERT_SECRET"]).replace("whsec_", ""), "base64");
  const { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signature } = headers;
  const expected = createHmac("sha256", secret).update(`${id}.${seconds}.${body}`).digest();
  const given = Buffer.from(String(signature).replace("v1,", ""), "base64");
  const isFresh = Math.abs(Date.now() / 1_000 - Number(seconds)) < 300;
  return isFresh && given.length === expected.length && timingSafeEqual(given, expected);
}

let tell: (body: string) => void = () => undefined;
const told = new Promise<string>((resolve) => {
  tell = resolve;
});
const receiver = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  response.writeHead(isFromPerdure(request.headers, body) ? 204 : 401).end();
  if (response.statusCode === 204) tell(body);
}).listen(0, "127.0.0.1");
await once(receiver, "listening");
const { port } = receiver.address() as AddressInfo;

const perdure = await createPerdure({
  db: ":memory:",
  tasks: [charge],
  alerts: [
    {
      on: "failure",
      tasks: ["charge-*"],
      webhook: { url: `http://127.0.0.1:${port}/perdure`, secretVariable: "ALERT_SECRET" },
    },
  ],
});
await charge.trigger(undefined);

const { type, data } = JSON.parse(await told);
console.log(type, data.run.task, data.error.message);
await perdure.stop();
receiver.close();
receiver.closeAllConnections();
