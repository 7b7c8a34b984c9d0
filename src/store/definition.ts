import { MIGRATIONS } from "./migrations/index.ts";
import { siblingUrl } from "./sibling.ts";
import type { Definition } from "./store-options.ts";
import { reads, writes } from "./verbs.ts";

/** What Perdure's own store is made of. */
export const DEFINITION: Definition = { writes, reads, migrations: MIGRATIONS, url: siblingUrl("verbs").href };
