/** Uses a store of notes and prints what it found: started by a test as another process, of Node or Bun. */
import { openStoreWith } from "../../src/store/open-store.ts";
import { realEnv, type ToyStore, toyDefinition } from "./toy-verbs.ts";

const [path = "", end] = process.argv.slice(2);
const store = (await openStoreWith({ db: path, env: realEnv }, toyDefinition)) as unknown as ToyStore;
const environmentId = "env";
const [, culprit] = await Promise.allSettled([
  store.keep({ environmentId, id: "a" }),
  store.keepThenThrow({ id: "b" }),
  store.keep({ environmentId, id: "c" }),
]);
await store.createRuns({ environmentId, id: "long", runs: [{ payload: "x".repeat(300_000) }] });
const found = await store.findRun({ environmentId, id: "long" });
const ids = await store.listIds({});
if (end === "close") await store.close();
const refused = culprit.status === "rejected" ? culprit.reason.code : "nothing";
console.log(JSON.stringify({ ids, refused, characters: found?.payload?.length }));
