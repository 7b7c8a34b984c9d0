/**
 * An agent in a process that is killed in the middle of an answer, and another process that goes on with it. Scripted servers play the
 * model and the shop, and count what they are asked.
 * Run it with `node examples/agent-loop.ts`, after `npm run build`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPerdure } from "perdure/embedded";
import { agentsScript } from "./servers/agents-script.ts";
import { startOpenAiServer } from "./servers/openai-server.ts";
import { startShopServer } from "./servers/shop-server.ts";

const letter = "The lamp of order 17 came broken. I would like my money back.";

async function work(folder: string): Promise<void> {
  const { complaint } = await import("./agents/agent-loop.ts");
  const perdure = await createPerdure({ db: join(folder, "agent.db"), tasks: [complaint], effects: "auto" });
  const payload = { letter, ledger: join(folder, "ledger"), pause: "1s" } as const;
  // The key makes it one run, whichever process asks for it.
  const run = await perdure.runs.poll(await complaint.trigger(payload, { idempotencyKey: "order 17" }));
  console.log(`${run.status}: ${run.output}`);
  await perdure.stop();
}

async function watch(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-agent-"));
  let killed = 0;
  const model = await startOpenAiServer(agentsScript, {
    pauseMs: 20,
    onEvent(_, events) {
      if (model.seen.length !== 2 || events !== 6 || killed > 0) return;
      killed = model.seen.length;
      worker.kill("SIGKILL");
    },
  });
  const shop = await startShopServer();
  const env = { ...process.env, OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_API_KEY: "any", SHOP_URL: shop.url };
  const start = () => spawn(process.execPath, [import.meta.filename, folder], { env, stdio: "inherit" });

  let worker = start();
  const [, signal] = await once(worker, "exit");
  console.log(`the first process ended by ${signal}, in the middle of answer ${killed}`);
  worker = start();
  await once(worker, "exit");

  const lines = readFileSync(join(folder, "ledger"), "utf8").trim().split("\n").length;
  console.log(
    `${model.seen.length} calls of the model for 5 answers, ${shop.refunds.size} refund, ${lines} line in the ledger`,
  );
  rmSync(folder, { recursive: true });
  await model.stop();
  await shop.stop();
}

const [, , folder] = process.argv;
await (folder === undefined ? watch() : work(folder));
