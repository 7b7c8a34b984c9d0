import { type Duration, parseDuration, parseInstant } from "../core/duration.ts";
import { perdureError } from "../core/errors.ts";
import { isName, nameRule } from "../core/limits.ts";
import { requireRun } from "./host.ts";

export interface WaitOptions {
  /** Tells this wait from equal ones in the journal. Needed only where several run side by side in an order that varies. */
  key?: string;
}

export const wait = {
  /**
   * Waits without holding a slot, a process or memory: a waiting run is rows.
   *
   * @throws {PerdureError} `OUTSIDE_RUN`, `WAIT_IN_STEP`, `DURATION_INVALID`.
   */
  for(duration: Duration, options: WaitOptions = {}): Promise<void> {
    const scope = requireRun("wait.for()");
    refuseInStep("wait.for()", scope.stepName);
    const durationMs = parseDuration(duration, "wait");
    return scope.wait({
      kind: "for",
      argument: waitKey(options) ?? String(durationMs),
      dueAt: (now) => now + durationMs,
    });
  },

  /**
   * Waits until an instant; one that has passed continues at once.
   *
   * @param options.throwIfInThePast - Fail with `OPTION_INVALID` instead. Default: false.
   */
  until(when: Date | string | { date: Date; throwIfInThePast?: boolean }, options: WaitOptions = {}): Promise<void> {
    const scope = requireRun("wait.until()");
    refuseInStep("wait.until()", scope.stepName);
    const { date, throwIfInThePast = false } = typeof when === "object" && "date" in when ? when : { date: when };
    const instant = parseInstant(date, Number.NaN, "date");
    if (Number.isNaN(instant)) throw perdureError("DURATION_INVALID", { what: "date", given: String(date) });
    return scope.wait({
      kind: "until",
      argument: waitKey(options) ?? String(instant),
      dueAt: (now) => {
        if (throwIfInThePast && instant < now) {
          throw perdureError("OPTION_INVALID", {
            what: "wait.until()",
            problem: `${new Date(instant).toISOString()} is in the past`,
          });
        }
        return Math.max(now, instant);
      },
    });
  },
};

function waitKey({ key }: WaitOptions): string | undefined {
  if (key === undefined || isName(key)) return key;
  throw perdureError("OPTION_INVALID", { what: "The key of a wait", problem: `it ${nameRule()}` });
}

function refuseInStep(call: string, stepName: string | undefined): void {
  if (stepName !== undefined) throw perdureError("WAIT_IN_STEP", { call, step: stepName });
}
