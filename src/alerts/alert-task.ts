import { ALERT_TASK, type AlertPayload } from "../core/alerts.ts";
import { perdureError } from "../core/errors.ts";
import { AbortTaskRunError, RetryAfterError } from "../core/failure.ts";
import { type AnyTask, internalTask, logger, type RunContext, step } from "../sdk/index.ts";
import type { AlertMessage, Sent } from "./channel.ts";
import type { Alerts } from "./channels.ts";
import { describe, type Sources } from "./describe.ts";

export interface AlertTaskOptions {
  readonly channels: Alerts["channels"];
  readonly sources: Sources;
  /** Ends what is being sent. */
  readonly signal: AbortSignal;
  /** Told of what nobody was told of. */
  readonly onProblem: (error: unknown) => void;
}

/** Delivers one message by one channel, again and again for as long as its retries allow. */
export function alertTask({ channels, sources, signal, onProblem }: AlertTaskOptions): AnyTask {
  return internalTask({
    id: ALERT_TASK,
    description: "Tells people of runs that failed or are held.",
    async run(payload: AlertPayload, tools) {
      const { alert } = payload;
      // Recorded, so that all attempts say the same.
      const message = await step.run("describe", () => describe(payload, sources));
      const sent = await step.run("send", () => send(alert, message, tools));
      return sent.note;
    },
  });

  async function send(alert: string, message: AlertMessage, tools: { ctx: RunContext; signal: AbortSignal }) {
    const { ctx } = tools;
    const channel = channels.get(alert);
    if (channel === undefined) throw giveUp(perdureError("ALERT_UNKNOWN", { alert }));
    const sent = await channel.send(message, { id: ctx.run.id, signal: AbortSignal.any([tools.signal, signal]) });
    if (sent.kind === "sent") return sent;
    throw fail(alert, sent, ctx);
  }

  function fail(alert: string, sent: Exclude<Sent, { kind: "sent" }>, { attempt, run }: RunContext): Error {
    const error = perdureError("ALERT_UNDELIVERED", { alert, problem: sent.problem });
    if (sent.kind === "gone" || attempt.number >= run.maxAttempts) return giveUp(error);
    logger.warn(error.sentence, { alert, attempt: attempt.number });
    return sent.retryAt === undefined ? error : new RetryAfterError(error.message, new Date(sent.retryAt));
  }

  function giveUp(error: Error): Error {
    onProblem(error);
    return new AbortTaskRunError(error.message, { cause: error });
  }
}
