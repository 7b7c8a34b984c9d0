/** An application that never gives up: what gets no answer from one node is asked of another, or later again. */
import { setTimeout as pause } from "node:timers/promises";
import { type ErrorCode, isPerdureError } from "../../src/core/errors.ts";
import type { RunObject } from "../../src/sdk/index.ts";
import type { Effects } from "../e2e/effects.ts";
import type { Order } from "./kinds.ts";
import type { Place } from "./place.ts";
import { type Application, applicationOf } from "./server.ts";
import { WAYS } from "./ways.ts";

export class StubbornApplication {
  readonly #nodes: readonly Application[];
  readonly #place: Place | undefined;
  #turn = 0;

  /** @param place - For whoever looks at what the nodes do. */
  constructor(urls: readonly string[], place?: Place, credential?: string) {
    this.#nodes = urls.map((url) => applicationOf(url, credential));
    this.#place = place;
  }

  get place(): Place {
    if (this.#place === undefined) throw new Error("A client sees nothing but its nodes");
    return this.#place;
  }

  /** As somebody else: with another key, or a token. */
  as(credential: string): StubbornApplication {
    return new StubbornApplication(
      this.#nodes.map(({ url }) => url),
      this.#place,
      credential,
    );
  }

  /** @throws what a node answers that would answer so again. */
  async ask<Answer>(call: (node: Application) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const node = this.#nodes[this.#turn++ % this.#nodes.length] as Application;
      try {
        return await call(node);
      } catch (error) {
        if (!isPerdureError(error) || error.status < 500) throw error;
        await pause(20);
      }
    }
  }

  /** @returns The run's id, once the order is accepted. */
  async order(order: Omit<Order, "end">): Promise<string> {
    const { way } = order;
    return way === undefined ? this.trigger(order) : WAYS[way](this, order);
  }

  async trigger(order: Pick<Order, "task" | "payload" | "options">): Promise<string> {
    return (await this.ask(({ tasks }) => tasks.trigger(order.task, order.payload, order.options))).id;
  }

  cancel(runId: string): Promise<unknown> {
    return this.ask(({ runs }) => runs.cancel(runId));
  }

  ended(runId: string): Promise<RunObject> {
    return this.ask(({ runs }) => runs.poll(runId));
  }

  /** What a person would do with runs whose code does not fit their journal. */
  async restartHeld(): Promise<void> {
    const { data } = await this.ask(({ runs }) =>
      runs.list({ taskIdentifier: ["forgetful", "alarmedHeld"], status: "waiting", limit: 100 }),
    );
    for (const { id } of data) await this.ask(({ runs }) => runs.restart(id)).catch(ignoreNotHeld);
  }

  /** What a client would have done that was killed before it could. */
  async cancelEndless(): Promise<void> {
    const { data } = await this.ask(({ runs }) =>
      runs.list({ taskIdentifier: "endless", status: ["queued", "executing", "waiting"], limit: 100 }),
    );
    for (const { id } of data) await this.cancel(id);
  }

  async countOpen(): Promise<number> {
    const { data } = await this.ask(({ runs }) =>
      runs.list({ status: ["queued", "executing", "waiting"], limit: 100 }),
    );
    return data.length;
  }
}

function ignoreNotHeld(error: unknown): void {
  const isOver = ["RUN_NOT_HELD", "RUN_FINAL", "RUN_NOT_FOUND"].some((code) =>
    isPerdureError(error, code as ErrorCode),
  );
  if (!isOver) throw error;
}

/** Places an order and notes that it was accepted. */
export async function placeAndNote(
  app: StubbornApplication,
  effects: Effects,
  n: number,
  order: Omit<Order, "end">,
): Promise<string> {
  const run = await app.order(order);
  effects.add({ kind: "accepted", order: n, run, life: process.pid });
  return run;
}
