/**
 * Five patterns of agents in plain code, with no step in any of them: calls of a model are recorded by themselves. Each runs to its end,
 * and then again for each entry of its journal, with its worker killed there. A scripted server plays the model and counts the calls.
 * Run it with `node examples/agent-patterns.ts`, after `npm run build`.
 */
import assert from "node:assert/strict";
import type { AnyTask } from "perdure";
import { createTestPerdure } from "perdure/testing";
import { agentsScript } from "./servers/agents-script.ts";
import { startOpenAiServer } from "./servers/openai-server.ts";

const model = await startOpenAiServer(agentsScript, { delayMs: 10 });
// Read when the package is loaded, so the agents are imported after it.
process.env["OPENAI_BASE_URL"] = `${model.url}/v1`;
process.env["OPENAI_API_KEY"] = "any will do here";
const { announce, answer, nameIt, review, writeChapter, writeGuide } = await import("./agents/patterns.ts");
const tasks = [announce, answer, nameIt, review, writeChapter, writeGuide];

async function perform(task: AnyTask, payload: unknown, crashAfterEntries?: number) {
  const asked = model.seen.length;
  const crash = crashAfterEntries === undefined ? {} : { crashAfterEntries };
  const perdure = await createTestPerdure({ tasks, ...crash });
  const run = await perdure.run(task, payload);
  await perdure.stop();
  return { output: run.output, calls: model.seen.length - asked, places: perdure.entries };
}

/** @param beside - How many calls may be under way beside the one that an entry is about: a kill cuts them off, so they are made again. */
async function killEverywhere(task: AnyTask, payload: unknown, beside: number): Promise<void> {
  const { output, calls, places } = await perform(task, payload);
  for (let place = 1; place <= places; place++) {
    const killed = await perform(task, payload, place);
    assert.equal(killed.output, output);
    assert.ok(killed.calls <= calls + beside);
  }
  console.log(`${task.id}: ${output}\n  ${calls} calls of the model; the same when killed at any of ${places} places`);
}

await killEverywhere(announce, { product: "Perdure" }, 0);
await killEverywhere(answer, { question: "Why did invoice 4711 come twice?" }, 0);
await killEverywhere(review, { code: "db.query(`select * from users where name = '${x}'`)" }, 2);
await killEverywhere(writeGuide, { subject: "tomatoes" }, 2);
await killEverywhere(nameIt, { thing: "a library" }, 0);
await model.stop();
