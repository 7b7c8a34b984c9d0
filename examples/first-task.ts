import { logger, step, task, wait } from "perdure";

// Try it: edit the greeting while a run waits. That run keeps the code it started with, the next one has the new.
export const hello = task({
  id: "hello",
  run: async ({ name = "world" }: { name?: string }) => {
    // A step's result is on disk before the code goes on, so what was done once is not done again.
    const greeting = await step.run("greet", () => `Hello, ${name}!`);

    // No process is held meanwhile: end Perdure, start it again, and the run goes on.
    await wait.for("5s");

    logger.info(greeting);
    return { greeting };
  },
});
