/**
 * A new attempt makes every request anew, unless the task resumes: then it keeps what was recorded before the effect at which the attempt
 * before failed. Here a model fails at its third call.
 * Run it with `node examples/resume.ts`, after `npm run build`.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type RetryOptions, task } from "perdure";
import { createTestPerdure } from "perdure/testing";

const PROMPTS = ["plan", "draft", "review", "publish"];

function agent(id: string, retry: RetryOptions) {
  return task({
    id,
    retry,
    run: async ({ model }: { model: string }) => {
      const answers: string[] = [];
      for (const prompt of PROMPTS) {
        const response = await fetch(`${model}/answers`, { method: "POST", body: prompt });
        if (!response.ok) throw new Error(`The model said ${response.status}`);
        answers.push(await response.text());
      }
      return answers.length;
    },
  });
}

const anew = agent("anew", { maxAttempts: 2 });
const resuming = agent("resuming", { maxAttempts: 2, resume: true });

let calls = 0;
const server = createServer((_, response) => {
  calls++;
  response.writeHead(calls === 3 ? 503 : 200).end("an answer");
});
await once(server.listen(0, "127.0.0.1"), "listening");
const model = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

for (const each of [anew, resuming]) {
  calls = 0;
  const perdure = await createTestPerdure({ tasks: [each] });
  const run = await perdure.run(each, { model });
  console.log(`${each.id}: ${run.output} answers in attempt ${run.attemptCount}, ${calls} calls`);
  await perdure.stop();
}
server.close();
