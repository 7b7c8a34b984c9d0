import type { Env } from "../core/env.ts";
import { createId } from "../core/ids.ts";
import { matchesPattern } from "../core/pattern.ts";
import type { AlertMessage, Sent } from "./channel.ts";
import type { Alerts } from "./channels.ts";

export interface TestSent {
  readonly alert: string;
  readonly sent: Sent;
}

/** Sends a message of type `alert.test` by each alert, or by those that a task has, once and at the same time. */
export function sendTests(alerts: Alerts, env: Env, task?: string): Promise<readonly TestSent[]> {
  const tested = alerts.rules.filter(
    ({ tasks }) => task === undefined || tasks === undefined || tasks.some((pattern) => matchesPattern(task, pattern)),
  );
  const { signal } = new AbortController();
  return Promise.all(
    tested.map(async ({ name: alert }) => {
      const id = createId("run", env).replace("run_", "test_");
      const sent = await alerts.channels.get(alert)?.send(testMessage(env, alert, task), { id, signal });
      return { alert, sent: sent ?? { kind: "gone", problem: "it has no channel" } };
    }),
  );
}

function testMessage(env: Env, alert: string, task: string | undefined): AlertMessage {
  const of = task === undefined ? "" : ` for the task ${task}`;
  return {
    type: "alert.test",
    timestamp: new Date(env.now()).toISOString(),
    text: `This is a test of the alert ${alert}${of}: nothing has failed.`,
    data: { alert, ...(task === undefined ? {} : { task }) },
  };
}
