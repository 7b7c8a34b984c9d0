/**
 * A payload with a schema is checked before anything is stored; its transformations are applied before the run starts. Any
 * library that speaks Standard Schema will do; this one is zod.
 * Run it with `node examples/schema-task.ts`, after `npm run build`.
 */
import { isPerdureError, schemaTask } from "perdure";
import { createPerdure } from "perdure/embedded";
import { z } from "zod";

const signUp = schemaTask({
  id: "sign-up",
  schema: z.object({ email: z.email(), born: z.iso.date().transform((date) => new Date(date)) }),
  run: ({ email, born }) => `${email} was born in ${born.getUTCFullYear()}`,
});

const perdure = await createPerdure({ db: ":memory:", tasks: [signUp] });

const run = await perdure.runs.poll(await signUp.trigger({ email: "ada@example.org", born: "1815-12-10" }));
console.log(run.output);

try {
  await signUp.trigger({ email: "nobody", born: "1815-12-10" });
} catch (error) {
  if (isPerdureError(error, "PAYLOAD_INVALID")) console.log(error.code, error.details["problems"]);
}
await perdure.stop();
