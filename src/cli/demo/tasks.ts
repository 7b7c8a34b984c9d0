/** The tasks of `perdure demo`, as worker processes load them. */
import { setTimeout as pause } from "node:timers/promises";
import { step, task, wait } from "../../sdk/index.ts";
import { addEffect, isHurried } from "./ledger.ts";

export interface Order {
  /** Where the demo keeps what happens. */
  readonly folder: string;
  readonly number: number;
}

/** Slow enough that its audience can find the other terminal. */
const UNHURRIED_MS = 1_500;
const HURRIED_MS = 200;

export const parcel = task({
  id: "parcel",
  run: async ({ folder }: Order, { ctx }) => {
    await act(folder, ctx.run.id, "pack");
    await act(folder, ctx.run.id, "label");
  },
});

export const order = task({
  id: "order",
  run: async (payload: Order, { ctx }) => {
    const { folder, number } = payload;
    await act(folder, ctx.run.id, "reserve");
    await act(folder, ctx.run.id, "charge");
    await wait.for("1s");
    await parcel.triggerAndWait(payload).unwrap();
    await act(folder, ctx.run.id, "invoice");
    await act(folder, ctx.run.id, "thank");
    return `order ${number} is on its way`;
  },
});

function act(folder: string, runId: string, name: string): Promise<void> {
  return step.run(name, async () => {
    addEffect(folder, { runId, step: name, pid: process.pid });
    await pause(isHurried(folder) ? HURRIED_MS : UNHURRIED_MS);
  });
}

/** The module of this file, for a pool. */
export function demoTasksUrl(): URL {
  return new URL(import.meta.url);
}
