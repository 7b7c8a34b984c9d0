/**
 * Equal requests that are under way together: which answer is whose cannot be told in a replay, and the run's story says so. A step with
 * a key tells them apart, and so does a header.
 * Run it with `node examples/equal-requests.ts`, after `npm run build`.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { step, task } from "perdure";
import { createTestPerdure } from "perdure/testing";

const roll = async (dice: string, headers = {}) => (await fetch(dice, { method: "POST", headers })).text();
const PLAYERS = ["ada", "bob"];

const ambiguous = task({
  id: "ambiguous",
  run: async ({ dice }: { dice: string }) => Promise.all(PLAYERS.map(() => roll(dice))),
});

const byStep = task({
  id: "by-step",
  run: async ({ dice }: { dice: string }) =>
    Promise.all(PLAYERS.map((player) => step.run("roll", () => roll(dice), { key: player }))),
});

const byHeader = task({
  id: "by-header",
  run: async ({ dice }: { dice: string }) => Promise.all(PLAYERS.map((player) => roll(dice, { "x-player": player }))),
});

let rolled = 0;
const server = createServer((_, response) => void response.end(String((rolled++ % 6) + 1)));
await once(server.listen(0, "127.0.0.1"), "listening");
const dice = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dice`;

const tasks = [ambiguous, byStep, byHeader];
const perdure = await createTestPerdure({ tasks });
for (const each of tasks) {
  const run = await perdure.run(each, { dice });
  const notes = (await perdure.runs.events(run)).map(({ kind }) => kind).filter((kind) => kind.startsWith("effect."));
  console.log(`${each.id}: ${notes.join(", ") || "nothing to say"}`);
}
await perdure.stop();
server.close();
