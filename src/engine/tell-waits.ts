import type { Append } from "../store/store.ts";
import type { EngineDeps } from "./deps.ts";

/** The waker sleeps until the next instant that it knows of; these are new. */
export function tellWaits({ hints }: EngineDeps, { waitpoints }: Append): void {
  for (const { dueAt } of waitpoints) if (dueAt !== undefined) hints.waits(dueAt);
}
