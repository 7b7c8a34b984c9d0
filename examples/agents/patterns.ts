/** The five patterns, as task files of a project: copy the one that you need into its folder `tasks/`. */
export { nameIt } from "./evaluator-optimizer.ts";
export { writeChapter, writeGuide } from "./orchestrator-workers.ts";
export { review } from "./parallelization.ts";
export { announce } from "./prompt-chaining.ts";
export { answer } from "./routing.ts";
