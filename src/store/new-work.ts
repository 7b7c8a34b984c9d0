import type { StoreWrites } from "./store.ts";

const NEW_WORK: ReadonlySet<string> = new Set<keyof StoreWrites>(["createRuns", "createBatch", "putBatchItems"]);

/** Work that nobody is committed to yet. It is refused where too much waits, and what runs already goes before it. */
export function isNewWork(verb: string): boolean {
  return NEW_WORK.has(verb);
}
