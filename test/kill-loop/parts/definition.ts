import { DEFINITION as plain } from "../../../src/store/definition.ts";
import type { Definition } from "../../../src/store/store-options.ts";
import { writes } from "./verbs.ts";

/** The store's own definition with verbs that have failpoints, on this thread and, by the URL, on the store's. */
export const DEFINITION: Definition = { ...plain, writes, url: new URL("./verbs.ts", import.meta.url).href };
