/**
 * The system: what a process of ours sees of the world that it runs in. Today that is the real `Env` of Node and Bun
 * (`env.ts`): clock, chance, timers and turns of the event loop.
 *
 * A room of its own, since both halves need it and neither may know the other: nodes, workers and the embedded mode are given it
 * by whoever puts them together. Nothing is decided here, and nothing but `core` is known. Data comes from the operating
 * system and goes to those who were handed an `Env`; tests and the simulator hand over another.
 */
export { createSystemEnv } from "./env.ts";
export { ownRuntime } from "./own-runtime.ts";
export { packageVersion } from "./package-version.ts";
