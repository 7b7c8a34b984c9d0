/**
 * Code that acts on the first words of a stream while the rest is on its way. The process is killed in the middle: the stream is asked for
 * again from its start, and what was done because of it is not done again.
 * Run it with `node examples/stream.ts`, after `npm run build`.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { task } from "perdure";
import { createTestPerdure } from "perdure/testing";

const answer = task({
  id: "answer",
  run: async ({ api }: { api: string }) => {
    const response = await fetch(`${api}/model`);
    if (response.body === null) throw new Error("The model says nothing");
    let text = "";
    let hasLookedUp = false;
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (hasLookedUp || !text.includes("\n")) continue;
      hasLookedUp = true;
      await fetch(`${api}/lookups`, { method: "POST", body: text });
    }
    return text.trim().split("\n");
  },
});

// Killed when the answer to the lookup is recorded, and the stream still runs.
const perdure = await createTestPerdure({ tasks: [answer], crashAfterEntries: 4 });
const asked: string[] = [];
const server = createServer(({ method, url }, response) => {
  asked.push(`${method} ${url}`);
  if (method === "POST") response.end("found");
  else if (asked.length === 1) response.write("look up\n");
  else response.end("look up\ncompare\ndone\n");
});
await once(server.listen(0, "127.0.0.1"), "listening");
const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const run = await perdure.run(answer, { api });
console.log(`${run.status}: ${run.output?.join(", ")}`);
console.log(asked.join(", "));
await perdure.stop();
server.close();
server.closeAllConnections();
