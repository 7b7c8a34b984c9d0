/** A page that may trigger one task once and follow its run, without ever seeing a secret key. */
import { auth, runs, task, tasks } from "perdure";
import { createPerdure } from "perdure/embedded";

const greet = task({ id: "greet", run: async ({ name }: { name: string }) => `Hello, ${name}!` });

const secretKey = "a secret of at least 16 characters";
const perdure = await createPerdure({ db: ":memory:", tasks: [greet], http: { port: 0, secretKey } });

// On your server, for whoever is logged in:
const accessToken = await auth.createTriggerPublicToken("greet", { expirationTime: "10m" });

// In the page, which was handed the token and knows where Perdure listens:
await auth.withAuth({ baseURL: perdure.url ?? "", accessToken }, async () => {
  const { id, publicAccessToken = "" } = await tasks.trigger<typeof greet>("greet", { name: "page" });
  const run = await auth.withAuth({ accessToken: publicAccessToken }, () => runs.poll(id));
  console.log(run.output);

  // Another time is refused, and so is everything else.
  const again = await tasks.trigger<typeof greet>("greet", { name: "page" }).catch((error) => error.code);
  const all = await runs.list().catch((error) => error.code);
  console.log(again, all);
});

// A token for all that belongs to a user:
const token = await auth.createPublicToken({ scopes: { read: { tags: "user:7" } }, expirationTime: "1h" });
await perdure.tasks.trigger(greet, { name: "user 7" }, { tags: "user:7" });
await auth.withAuth({ baseURL: perdure.url ?? "", accessToken: token }, async () => {
  const { data } = await runs.list({ tag: "user:7" });
  console.log(data.length);
});
await perdure.stop();
