import { logger, step, task, wait } from "perdure";
import { createPerdure } from "perdure/embedded";

const convert = task({
  id: "convert",
  run: async ({ file }: { file: string }) => {
    logger.info("converting", { file, password: "a secret" });
    const pages = await step.run("convert", () => 12);
    await wait.for("1s");
    logger.warn("no title found", { pages });
    return pages;
  },
});

const perdure = await createPerdure({
  db: ".data/logs.db",
  tasks: [convert],
  logs: { retention: "14 days", maxMegabytes: 200 },
  onLog: () => undefined,
});

const handle = await convert.trigger({ file: "report.pdf" });
for await (const { level, message, properties } of perdure.runs.followLogs(handle)) {
  console.log(level, message, JSON.stringify(properties));
}

const lines = await perdure.runs.logs(handle, { after: 1 });
console.log(lines.length, lines[0]?.source);

await perdure.stop();
