import { step, task, wait } from "perdure";
import { createPerdure } from "perdure/embedded";

const greet = task({
  id: "greet",
  run: async ({ name }: { name: string }) => {
    const greeting = await step.run("compose", () => `Hello, ${name}!`);
    await wait.for("1s");
    return greeting;
  },
});

const perdure = await createPerdure({ db: ".data/hello.db", tasks: [greet] });

const handle = await greet.trigger({ name: "world" });
const run = await perdure.runs.poll(handle);
console.log(run.status, run.output);

await perdure.stop();
