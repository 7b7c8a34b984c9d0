import { openAlerts, sendTests } from "../alerts/index.ts";
import { loadConfig } from "../build/index.ts";
import { perdureError } from "../core/errors.ts";
import { createSystemEnv } from "../system/index.ts";
import { type Command, textOf, UsageError } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** `perdure alerts test`. */
export const alertsTestCommand: Command = {
  options: {
    task: { type: "string", value: "<task>", means: "Only alerts that failures of this task would go to." },
  },
  async run(input) {
    const { positionals, terminal } = input;
    if (positionals.length > 0) throw new UsageError(`alerts test takes options only, not ${positionals[0]}.`);
    const task = textOf(input, "task");
    const [env, folder] = [createSystemEnv(), process.cwd()];
    const { alerts: options = [] } = await loadConfig(folder);
    const alerts = await openAlerts(options, { env, variables: process.env, folder });
    const tested = await sendTests(alerts, env, task);
    if (tested.length === 0)
      throw perdureError("ALERT_UNKNOWN", {
        alert: task === undefined ? "in perdure.config.ts" : `for the task ${task}`,
      });
    for (const { alert, sent } of tested) {
      if (sent.kind === "sent") terminal.line(`${alert}: ${sent.note}`);
      else terminal.progress(perdureError("ALERT_UNDELIVERED", { alert, problem: sent.problem }).sentence);
    }
    terminal.json({ data: tested.map(({ alert, sent }) => ({ alert, ...sent })) });
    return tested.every(({ sent }) => sent.kind === "sent") ? EXIT_CODES.ok.code : EXIT_CODES.refused.code;
  },
};
