/** A process that runs tasks, and another that asks it over HTTP. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runs, task, tasks } from "perdure";
import { createPerdure } from "perdure/embedded";

export const greet = task({ id: "greet", run: async ({ name }: { name: string }) => `Hello, ${name}!` });

if (process.argv[2] === "backend") {
  // It knows the task by its type and its id alone; PERDURE_API_URL and PERDURE_SECRET_KEY say whom to ask.
  const handle = await tasks.trigger<typeof greet>("greet", { name: "backend" });
  const run = await runs.poll(handle);
  console.log(run.status, run.output);
} else {
  const secretKey = "a secret of at least 16 characters";
  const perdure = await createPerdure({ db: ":memory:", tasks: [greet], http: { port: 0, secretKey } });

  // Any language can ask, with nothing but HTTP and JSON.
  const response = await fetch(`${perdure.url}/api/v1/tasks/greet/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${secretKey}` },
    body: JSON.stringify({ payload: { name: "curl" } }),
  });
  const { id } = (await response.json()) as { id: string };
  console.log((await runs.poll(id)).output);

  const env = { ...process.env, PERDURE_API_URL: perdure.url, PERDURE_SECRET_KEY: secretKey };
  const backend = await promisify(execFile)(process.execPath, [import.meta.filename, "backend"], { env });
  console.log(backend.stdout.trim());
  await perdure.stop();
}
