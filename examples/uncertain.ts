/**
 * A process is killed while its request is on the way: nobody knows whether the bank has got it. It is made again with the same body and
 * headers, so a bank that knows idempotency keys pays once; or it fails, where the task says so.
 * Run it with `node examples/uncertain.ts`, after `npm run build`.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { task } from "perdure";
import { createTestPerdure } from "perdure/testing";

const pay = task({
  id: "pay",
  run: async ({ bank, cents }: { bank: string; cents: number }) => {
    const payment = await fetch(`${bank}/payments`, {
      method: "POST",
      headers: { "idempotency-key": randomUUID() },
      body: JSON.stringify({ cents }),
    });
    return payment.json() as Promise<{ payments: number }>;
  },
});

const donate = task({
  id: "donate",
  effects: { onUncertain: "fail" },
  run: async ({ bank, cents }: { bank: string; cents: number }) => {
    await fetch(`${bank}/donations`, { method: "POST", body: JSON.stringify({ cents }) });
  },
});

const perdure = await createTestPerdure({ tasks: [pay, donate] });
const asked: string[] = [];
const keys = new Set<unknown>();

/** It has got the request when the process dies that waits for its answer. */
const server = createServer(({ method, url, headers }, response) => {
  asked.push(`${method} ${url}`);
  keys.add(headers["idempotency-key"]);
  if (asked.length === 1) perdure.crash();
  response.end(JSON.stringify({ payments: keys.size }));
});
await once(server.listen(0, "127.0.0.1"), "listening");
const bank = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const payment = await perdure.run(pay, { bank, cents: 500 });
console.log(`asked ${asked.splice(0).join(", ")}; ${payment.output?.payments} payment`);
for (const { kind, details } of await perdure.runs.events(payment)) {
  if (kind === "effect.uncertain") console.log(kind, (details as { method: string }).method);
}

const donation = await perdure.run(donate, { bank, cents: 500 });
console.log(`asked ${asked.join(", ")}; ${donation.status} in attempt ${donation.attemptCount}`);

await perdure.stop();
server.close();
