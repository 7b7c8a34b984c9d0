/** What a receiver gets, whichever way. */
export interface AlertMessage {
  readonly type: "run.failed" | "run.held" | "runs.failed" | "runs.held" | "alert.test";
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
  /** One sentence for people. */
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Delivery {
  /** The same for every attempt to deliver this message. */
  readonly id: string;
  /** Ends it: nobody waits for it any more. */
  readonly signal: AbortSignal;
}

export type Sent =
  | { readonly kind: "sent"; readonly note: string }
  /** It may go better later, at `retryAt` if the receiver named an instant. */
  | { readonly kind: "failed"; readonly problem: string; readonly retryAt?: number }
  /** The receiver wants no more of it. */
  | { readonly kind: "gone"; readonly problem: string };

/** A way to reach people. Never throws for what a receiver does. */
export interface Channel {
  send(message: AlertMessage, delivery: Delivery): Promise<Sent>;
}

export function failed(problem: string): Sent {
  return { kind: "failed", problem: problem.replace(/\.$/, "") };
}
