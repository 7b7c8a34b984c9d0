/** The receiver of the loop's alerts: it remembers which runs it was told of. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Webhook {
  readonly url: string;
  /** Of this run, however often. */
  wasTold(runId: string): boolean;
  close(): Promise<void>;
}

export async function startWebhook(): Promise<Webhook> {
  const told = new Set<string>();
  const server = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request)) as { readonly data: { readonly run?: { readonly id: string } } };
    if (data.run !== undefined) told.add(data.run.id);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    wasTold: (runId) => told.has(runId),
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
