/**
 * Ordinary code without a step that survives its process: requests, chance and the clock are recorded by themselves. Here its worker
 * is killed after each entry of the journal in turn, and another one goes on.
 * Run it with `node examples/plain-code.ts`, after `npm run build`.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { task, wait } from "perdure";
import { createTestPerdure } from "perdure/testing";

const reorder = task({
  id: "reorder",
  run: async ({ shop }: { shop: string }) => {
    const stock = await fetch(`${shop}/stock/coffee`);
    const { bags } = (await stock.json()) as { bags: number };

    await wait.for("3 days"); // no process is held meanwhile

    const order = await fetch(`${shop}/orders`, {
      method: "POST",
      headers: { "idempotency-key": randomUUID() },
      body: JSON.stringify({ bags: 20 - bags, at: new Date() }),
    });
    const { number } = (await order.json()) as { number: number };
    return `order ${number}`;
  },
});

/** A shop that takes down what it is asked. */
const asked: string[] = [];
const server = createServer(({ method, url }, response) => {
  asked.push(`${method} ${url}`);
  response.end(JSON.stringify(method === "POST" ? { number: 7 } : { bags: 4 }));
});
await once(server.listen(0, "127.0.0.1"), "listening");
const shop = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const undisturbed = await createTestPerdure({ tasks: [reorder] });
const { output } = await undisturbed.run(reorder, { shop });
const places = undisturbed.entries;
await undisturbed.stop();
const requests = asked.splice(0);

for (let place = 1; place <= places; place++) {
  const perdure = await createTestPerdure({ tasks: [reorder], crashAfterEntries: place });
  const run = await perdure.run(reorder, { shop });
  assert.equal(run.output, output);
  assert.deepEqual(asked.splice(0), requests);
  await perdure.stop();
}
console.log(`${output}, by ${requests.join(" and ")}: the same when killed at any of ${places} places`);
server.close();
