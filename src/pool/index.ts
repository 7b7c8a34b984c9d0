/**
 * The pool: worker processes, seen from their node. It keeps as many for one version of the tasks as there is work for
 * (`shared.ts`), and one each for runs that must be alone (`alone.ts`). It passes on to the node what each says about runs that
 * it holds (`gate.ts`, `lease-book.ts`), watches each from outside its event loop and renews for those that are busy
 * (`worker-process.ts`, `pulse.ts`), and says how each ended (`staff.ts`, `loss.ts`).
 *
 * It knows the node only as the two tables of calls, and the worker only as a program to start. It decides nothing about
 * runs: those of a process that died are handed to whoever made the pool. `child.ts` is the operating system's side.
 */
export type { LostWorker, PoolOptions } from "./options.ts";
export { createPool, type Pool } from "./pool.ts";
export type { WorkerEnd } from "./worker-process.ts";
