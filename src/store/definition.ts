import { MIGRATIONS } from "./migrations/index.ts";
import { siblingUrl } from "./sibling.ts";
import type { Definition } from "./store-options.ts";
import { reads, surveys, writes } from "./verbs.ts";

/** What Perdure's own store is made of. */
export const DEFINITION: Definition = {
  writes,
  reads,
  surveys,
  migrations: MIGRATIONS,
  url: siblingUrl("verbs").href,
};
