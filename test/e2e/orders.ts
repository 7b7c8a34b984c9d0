/** What the processes of a test are told, and the orders that they place. */
export interface LifeOptions {
  readonly db: string;
  /** Of the effects. */
  readonly folder: string;
  /** Number of the process, from 1. */
  readonly life: number;
  readonly orders: number;
  /** Between two orders. */
  readonly paceMs: number;
  readonly lease?: string;
}

const KINDS = ["row", "waiting", "limited", "parent", "retried", "limited", "undone", "limited"] as const;

/** The order with this number: every fifth has no idempotency key, so a process that dies before the answer may place it twice. */
export function orderOf(number: number): { kind: (typeof KINDS)[number]; key: string | undefined } {
  const kind = KINDS[number % KINDS.length] as (typeof KINDS)[number];
  return { kind, key: number % 5 === 4 ? undefined : `order ${number}` };
}
