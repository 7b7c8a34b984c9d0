import { expect, it } from "vitest";
import { declaredQueues } from "./queues.ts";

const queue = (name: string, concurrencyLimit: number | null) => ({ queue: { name, concurrencyLimit } });

it("declares each queue once", () => {
  const queues = declaredQueues([queue("a", 1), queue("b", null), queue("a", 1)]);
  expect(queues).toEqual([queue("a", 1).queue, queue("b", null).queue]);
});

it("refuses a queue with two limits", () => {
  expect(() => declaredQueues([queue("a", 1), queue("a", null)])).toThrow(
    "The queue a: it has two concurrency limits, 1 and null",
  );
});
