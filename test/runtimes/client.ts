/** What an application asks of a server, in whatever runtime this is bundled for: nothing here is Node's. */
import { auth, configure, isPerdureError, runs, tasks } from "../../src/sdk/index.ts";

export interface Answers {
  readonly output: unknown;
  readonly isCached: boolean;
  readonly canceled: string;
  readonly refusal: string;
}

export async function askAll(baseURL: string, secretKey: string): Promise<string> {
  configure({ baseURL, secretKey });
  const payload = { at: new Date(0), names: new Set(["a"]), big: 10n ** 20n };
  const { output } = await runs.poll(await tasks.trigger("echo", payload));
  const { at, names, big } = output as typeof payload;
  const first = await tasks.trigger("waiting", undefined, { idempotencyKey: "once" });
  const again = await tasks.trigger("waiting", undefined, { idempotencyKey: "once" });
  await runs.cancel(first.id);
  const answers: Answers = {
    output: [at.toISOString(), [...names], `${big}`],
    isCached: again.isCached && again.id === first.id,
    canceled: (await runs.poll(first.id)).status,
    refusal: await codeOf(runs.retrieve("run_none")),
  };
  return JSON.stringify(answers);
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (error: unknown) => (isPerdureError(error) ? error.code : String(error)),
  );
}

/** What a page asks: it was handed a token that may trigger one task, and gets another that reads what it started. */
export async function askAsPage(baseURL: string, accessToken: string): Promise<string> {
  return auth.withAuth({ baseURL, accessToken }, async () => {
    const { id, publicAccessToken = "" } = await tasks.trigger("echo", new Set(["page"]));
    const { output } = await auth.withAuth({ baseURL, accessToken: publicAccessToken }, () => runs.poll(id));
    return JSON.stringify([[...(output as Set<string>)], await codeOf(runs.retrieve(id))]);
  });
}
