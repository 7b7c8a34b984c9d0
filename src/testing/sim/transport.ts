import { isPerdureError, perdureError } from "../../core/errors.ts";
import { NODE_CALLS } from "../../protocol/index.ts";
import type { Dispatch } from "../../server/index.ts";
import type { Network } from "./network.ts";
import type { SimProcess } from "./process.ts";

/** A node as others reach it. */
export interface Endpoint {
  readonly process: SimProcess;
  /** Answers a call; text in, text out, so that the two sides share nothing. */
  readonly answer: (name: keyof Dispatch, input: string) => Promise<string>;
}

const FIRST_PATIENCE_MS = 1_500;
const GROWTH = 1.5;
const MAX_SENDINGS = 7;
/** A call that a node may hold open is not held for longer than this: its connection would not live so long. */
const LONGEST_HOLD_MS = 20_000;

/**
 * The calls of a node over the network. What is not answered is said again with the same words, perhaps to another node, as
 * the protocol allows; after some sendings the caller hears that nobody answers.
 */
export function callsOver(
  network: Network,
  caller: SimProcess,
  findNode: (last?: Endpoint) => Endpoint | undefined,
): Dispatch {
  let node: Endpoint | undefined;
  let calls = 0;

  function call(name: keyof Dispatch, given: object): Promise<unknown> {
    const input = held(given);
    const text = JSON.stringify(input);
    const number = ++calls;
    return new Promise((resolve, reject) => {
      let isSettled = false;
      send(1);

      function send(sending: number): void {
        if (isSettled) return;
        if (sending > MAX_SENDINGS) {
          settle(reject, perdureError("STORE_UNAVAILABLE", { problem: `no node answers ${name}` }));
          return;
        }
        if (sending > 1 || node === undefined || !node.process.isAlive) node = findNode(node);
        if (node !== undefined) ask(node, sending);
        const patienceMs = FIRST_PATIENCE_MS * GROWTH ** (sending - 1) + (input.waitMs ?? 0);
        caller.env.timer(patienceMs, () => send(sending + 1));
      }

      function ask(asked: Endpoint, sending: number): void {
        const what = `${name} ${number}.${sending}`;
        network.send(caller, asked.process, what, text, () => {
          void asked.answer(name, text).then((answer) => {
            network.send(asked.process, caller, `the answer to ${what}`, answer, () => {
              const parsed = JSON.parse(answer) as Answer;
              if ("error" in parsed) settle(reject, perdureError(parsed.error.code, parsed.error.details));
              else settle(resolve, parsed.ok);
            });
          });
        });
      }

      function settle<Outcome>(how: (outcome: Outcome) => void, outcome: Outcome): void {
        if (isSettled) return;
        isSettled = true;
        how(outcome);
      }
    });
  }

  return Object.fromEntries(
    NODE_CALLS.map((name) => [name, (input: object) => call(name, input)]),
  ) as unknown as Dispatch;
}

type Answer =
  | { ok?: unknown }
  | { error: { code: Parameters<typeof perdureError>[0]; details: Parameters<typeof perdureError>[1] } };

/** @returns What a node does with the text of a call. */
export function answering(dispatch: Dispatch): Endpoint["answer"] {
  return async (name, text) => {
    try {
      const ok = await (dispatch[name] as (input: unknown) => Promise<unknown>)(JSON.parse(text));
      return JSON.stringify({ ok });
    } catch (thrown) {
      const { code, details } = isPerdureError(thrown) ? thrown : perdureError("INTERNAL", { problem: String(thrown) });
      return JSON.stringify({ error: { code, details } });
    }
  };
}

function held(input: object & { waitMs?: number }): object & { waitMs?: number } {
  return input.waitMs === undefined ? input : { ...input, waitMs: Math.min(input.waitMs, LONGEST_HOLD_MS) };
}
