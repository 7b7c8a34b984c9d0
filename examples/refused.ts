/**
 * What cannot be recorded happens again in each process that continues the run. The run is marked, and its story says where that was;
 * in a step it happens once. `effects: "strict"` refuses it.
 * Run it with `node examples/refused.ts`, after `npm run build`.
 */
import { appendFile, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { step, task, wait } from "perdure";
import { createTestPerdure } from "perdure/testing";

const diary = join(await mkdtemp(join(tmpdir(), "perdure-refused-")), "diary.txt");

const careless = task({
  id: "careless",
  run: async () => {
    await appendFile(diary, "careless\n");
    await wait.for("1 day");
  },
});

const careful = task({
  id: "careful",
  effects: "strict",
  run: async () => {
    await step.run("write", () => appendFile(diary, "careful\n"));
    await wait.for("1 day");
  },
});

const refused = task({
  id: "refused",
  effects: "strict",
  run: async () => {
    await appendFile(diary, "refused\n");
  },
});

const perdure = await createTestPerdure({ tasks: [careless, careful, refused], onLog: () => undefined });

for (const each of [careless, careful, refused]) {
  const run = await perdure.run(each, undefined);
  console.log(`${each.id} ${run.status}${run.error === undefined ? "" : `: ${(run.error as { code?: string }).code}`}`);
  for (const { kind, details } of await perdure.runs.events(run)) {
    if (kind.startsWith("effect.")) console.log(kind, (details as { what: string }).what);
  }
}
console.log((await readFile(diary, "utf8")).trim().split("\n").join(", "));
await perdure.stop();
