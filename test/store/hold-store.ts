/** Opens a store of notes, writes one, says so and stays: started by a test as another process. */
import { openStoreWith } from "../../src/store/open-store.ts";
import { realEnv, type ToyStore, toyDefinition } from "./toy-verbs.ts";

const [path = ""] = process.argv.slice(2);
const store = (await openStoreWith({ db: path, env: realEnv }, toyDefinition)) as unknown as ToyStore;
await store.keep({ environmentId: "env", id: "of the other process" });
console.log("open");
setInterval(() => undefined, 60_000);
