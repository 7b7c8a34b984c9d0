/**
 * Alerts: tells people of runs that failed for good or are held, by webhook, command or mail.
 *
 * What is to be told is decided elsewhere (`core/alerts.ts`), and the run that delivers it is made in the transaction in which
 * the failure is written (`engine/alert-runs.ts`). Here those runs are executed: `alert-worker.ts` is a worker in the node's own
 * process, which has the secrets and works while all workers of users are broken; `alert-task.ts` is its one task; `describe.ts`
 * says what happened, and `webhook.ts`, `command.ts`, `email.ts` carry it to where `channels.ts` was told. Whatever a receiver
 * does wrong is a value (`Sent`), so that only the task decides about another attempt.
 */
export { startAlerts } from "./alert-worker.ts";
export { type Alerts, NO_ALERTS, openAlerts } from "./channels.ts";
export { sendTests } from "./send-tests.ts";
