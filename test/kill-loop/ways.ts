/** Orders that take more than one call: each call is asked again until it is answered, whoever dies over it. */
import { setTimeout as pause } from "node:timers/promises";
import { encodeValue } from "../../src/core/codec.ts";
import { isPerdureError } from "../../src/core/errors.ts";
import type { TriggerRequest } from "../../src/core/trigger-request.ts";
import type { StubbornApplication } from "./application.ts";
import { askStore } from "./asking.ts";
import type { Order } from "./kinds.ts";
import { openLook } from "./look.ts";
import { newId } from "./server.ts";

type Placed = Pick<Order, "task" | "payload" | "options">;
type Placing = (app: StubbornApplication, order: Placed) => Promise<string>;

export type Way =
  | "item by item"
  | "by an upload"
  | "changed from outside"
  | "with a token"
  | "rescheduled"
  | "its key reset"
  | "with a key"
  | "into a paused queue"
  | "while all is paused";

const ITEMS = 3;
const STILL_MS = 300;
const QUEUE = "pausable";

/** @returns The order's run; others that come with it are rows. */
export const WAYS: Readonly<Record<Way, Placing>> = {
  async "item by item"(app, order) {
    const key = keyOf(order);
    const announced = {
      batchId: newId("batch"),
      runCount: ITEMS,
      ...(key === undefined ? {} : { idempotencyKey: key }),
    };
    const { id: batchId } = await app.ask(({ calls }) => calls.createBatch(announced));
    for (let index = 0; index < ITEMS; index++) {
      const item = { index, ...requestOf({ ...order, payload: Number(order.payload) + index }, index) };
      await app.ask(({ calls }) => calls.addBatchItems({ batchId, items: [item] }));
    }
    const { runIds } = await app.ask(({ calls }) => calls.retrieveBatch({ batchId }));
    return runIds[0] as string;
  },

  async "by an upload"(app, order) {
    const packet = await upload(app, order.payload);
    const { payload: _, ...request } = requestOf(order);
    const asked = { requests: [{ ...request, packet }], runIds: [newId("run")] };
    return (await app.ask(({ calls }) => calls.trigger(asked))).runs[0]?.id as string;
  },

  async "changed from outside"(app, order) {
    const runId = await app.trigger(order);
    const change = { op: "increment", key: OUTSIDE_KEY, by: 1 } as const;
    // Named by the run: a client that is killed and places its order again counts nothing twice.
    await app.ask(({ calls }) => calls.changeMetadata({ runId, changes: [change], requestKey: `outside ${runId}` }));
    await app.ask(({ calls }) => calls.addTags({ runId, tags: [OUTSIDE_KEY] }));
    return runId;
  },

  async "with a token"(app, order) {
    const scopes = [`trigger:tasks:${order.task}`];
    const { token } = await app.ask(({ calls }) => calls.createPublicToken({ scopes, isSingleUse: true }));
    const asked = { requests: [requestOf(order)], runIds: [newId("run")] };
    const page = app.as(token);
    const { runs } = await page.ask(({ calls }) => calls.trigger(asked));
    const again = page.ask(({ calls }) => calls.trigger({ ...asked, runIds: [newId("run")] }));
    await refused(again, "TOKEN_USED");
    return runs[0]?.id as string;
  },

  async rescheduled(app, order) {
    const runId = await app.trigger(order);
    const asked = { runId, dueAt: Date.now() + 100, requestKey: `reschedule ${runId}` };
    await app.ask(({ calls }) => calls.reschedule(asked));
    return runId;
  },

  async "its key reset"(app, order) {
    const key = keyOf(order) as string;
    const first = await app.trigger({ ...order, options: { ...order.options, idempotencyKey: `${key} ${RESET}` } });
    await app
      .ask(({ calls }) => calls.resetIdempotencyKey({ task: order.task, key: `${key} ${RESET}` }))
      // The answer to the first sending may have been lost.
      .catch(unless("IDEMPOTENCY_KEY_UNKNOWN"));
    const second = await app.trigger({ ...order, options: { ...order.options, idempotencyKey: `${key} ${RESET}` } });
    if (first === second) throw new Error(`A key that was reset led to ${first} again`);
    return app.trigger(order);
  },

  async "with a key"(app, order) {
    const keyId = newId("key");
    const { secret } = await app.ask(({ calls }) => calls.createKey({ keyId, name: "of the kill loop" }));
    const keyed = app.as(secret);
    const run = await keyed.trigger(order);
    await app.ask(({ calls }) => calls.revokeKey({ keyId }));
    await untilRefused(() => keyed.ask(({ runs }) => runs.retrieve(run)));
    return run;
  },

  async "into a paused queue"(app, order) {
    const { folder } = app.place;
    try {
      await askStore(folder, "pauseQueue", { name: QUEUE });
      await askStore(folder, "settleQueue", { name: QUEUE });
      await askStore(folder, "overrideLimit", { name: QUEUE, concurrencyLimit: 1 });
      const run = await app.trigger(order);
      await placeBeside(app, order);
      await mustStandStill(app, QUEUE);
      await askStore(folder, "resetLimit", { name: QUEUE });
      await mustStandStill(app, QUEUE);
      return run;
    } finally {
      await askStore(folder, "resumeQueue", { name: QUEUE });
      await placeBeside(app, order);
    }
  },

  async "while all is paused"(app, order) {
    const { folder } = app.place;
    await askStore(folder, "noteCheck", {});
    try {
      await askStore(folder, "pauseEnvironment", {});
      const run = await app.trigger(order);
      await placeBeside(app, order);
      // What was being leased when it was paused may still come.
      await pause(STILL_MS);
      await mustStandStill(app);
      return run;
    } finally {
      await askStore(folder, "resumeEnvironment", {});
      await placeBeside(app, order);
    }
  },
};

/** Key of what others change in a run's metadata, and a tag of theirs. */
export const OUTSIDE_KEY = "outside";
/** Ends idempotency keys that lead to two runs on purpose. */
export const RESET = "reset";

function keyOf({ options }: Placed): string | undefined {
  return options.idempotencyKey === undefined ? undefined : String(options.idempotencyKey);
}

/** @param place - Of several with one key: the first has it as it is. */
function requestOf({ task, payload, options }: Placed, place = 0): TriggerRequest {
  const key = keyOf({ task, payload, options });
  const own = key !== undefined && place > 0 ? `${key}/${place}` : key;
  return { task, payload: encodeValue(payload, "payload"), options: own === undefined ? {} : { idempotencyKey: own } };
}

/** Another run of the kind; asking for it also has the dispatcher look. */
async function placeBeside(app: StubbornApplication, { task, payload, options }: Placed): Promise<void> {
  const { idempotencyKey: _, ...others } = options;
  await app.trigger({ task, payload, options: others });
}

/** By what is committed: no run began between two looks. @param queue - Absent: of all queues. */
async function mustStandStill({ place }: StubbornApplication, queue?: string): Promise<void> {
  const look = openLook(place);
  const text = `select count(*) as number from run_events join runs on runs.id = run_id where kind = 'run.started'`;
  const count = async () =>
    Number(
      (queue === undefined ? await look.all(text) : await look.all(`${text} and queue = ?`, queue))[0]?.["number"],
    );
  try {
    const before = await count();
    await pause(STILL_MS);
    const after = await count();
    if (after !== before) throw new Error(`${after - before} runs began while ${queue ?? "all"} was paused`);
  } finally {
    await look.close();
  }
}

/** @returns The name of what was uploaded. Whoever hears nothing uploads it again, under another name. */
async function upload(app: StubbornApplication, payload: unknown): Promise<string> {
  for (;;) {
    try {
      return await app.ask((node) => node.upload(payload));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await pause(20);
    }
  }
}

async function untilRefused(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      await pause(100);
    } catch (error) {
      if (isPerdureError(error, "SECRET_KEY_ENDED") || isPerdureError(error, "SECRET_KEY_WRONG")) return;
      throw error;
    }
  }
}

async function refused(call: Promise<unknown>, code: "TOKEN_USED"): Promise<void> {
  const answer = await call.catch((error: unknown) => error);
  if (!isPerdureError(answer, code)) throw new Error(`${code} was due, and not ${JSON.stringify(answer)}`);
}

function unless(code: "IDEMPOTENCY_KEY_UNKNOWN"): (error: unknown) => void {
  return (error) => {
    if (!isPerdureError(error, code)) throw error;
  };
}
