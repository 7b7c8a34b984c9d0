/** Loaded before the command line of a node (`node --import`): what commits and what hands runs over has failpoints then. */
import { replaceModules } from "./replace.ts";

replaceModules({
  "store/definition.ts": "parts/definition.ts",
  "store/assemble-store.ts": "parts/assemble-store.ts",
  "server/node.ts": "parts/node.ts",
  "pool/index.ts": "parts/pool.ts",
});
