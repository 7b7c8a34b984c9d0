/**
 * The engine: the rules applied. Each use-case is a file that reads what it needs, decides by a pure function of `core`, and
 * calls one verb of the store; each loop (`loops/`) does what is due without being asked.
 *
 * It gets its calls from `server/dispatch.ts`, which has validated them, and its facts from the `Store` interface. It knows
 * no SQL and no driver, no wire and no HTTP, and takes time and chance from its `Env` alone. Hints between its parts
 * (`hints.ts`) save waiting; nothing is lost when one is.
 */
export type { Version } from "./code.ts";
export { createEngine, type Engine, type EngineOptions } from "./engine.ts";
export type { EngineMeter } from "./metering.ts";
export type { RunNews } from "./run-news.ts";
export type { Survey } from "./survey.ts";
