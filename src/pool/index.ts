/**
 * The pool: worker processes, seen from their node. It starts as many as it is told for one version of the tasks, passes
 * their calls on to the node (`worker-process.ts`), watches each from outside its event loop (`pulse.ts`), renews leases for
 * those whose code keeps them busy (`lease-book.ts`), and puts another where one has died (`pool.ts`, `restarting.ts`).
 *
 * It knows the node only as the two tables of calls, and the worker only as a program to start. It decides nothing about
 * runs: those of a process that died are handed to whoever made the pool. `child.ts` is the operating system's side.
 */
export type { LostWorker, PoolOptions } from "./options.ts";
export { createPool, type Pool } from "./pool.ts";
export type { WorkerEnd } from "./worker-process.ts";
