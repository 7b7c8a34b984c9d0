/** Writes notes with long values, several at once and without end: started by a test as another process, and killed by it. */
import { LIMITS } from "../../src/core/limits.ts";
import { openStoreWith } from "../../src/store/open-store.ts";
import { realEnv, type ToyStore, toyDefinition } from "./toy-verbs.ts";

const [path = "", mark = ""] = process.argv.slice(2);
const store = (await openStoreWith({ db: path, env: realEnv }, toyDefinition)) as unknown as ToyStore;
const payload = `{${mark.repeat(LIMITS.inlineCharacters)}}`;
for (let i = 0; ; i += 4) {
  const ids = [i, i + 1, i + 2, i + 3].map((number) => `${mark}-${number}`);
  await Promise.all(ids.map((id) => store.createRuns({ environmentId: "env", id, runs: [{ payload }] })));
  console.log(ids.join("\n"));
}
