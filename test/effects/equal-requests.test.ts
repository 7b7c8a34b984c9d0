import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { task, wait } from "../../src/sdk/index.ts";
import { createTestPerdure } from "../../src/testing/index.ts";

/** Answers requests when a pair of them has come: the later one first. */
const waiting: ServerResponse[] = [];
let count = 0;
const server = createServer((_, response) => {
  const number = ++count;
  const answer = () => response.setHeader("content-length", String(number).length).end(String(number));
  if (number % 2 === 1) {
    waiting.push(response);
    response.on("answer", answer);
  } else {
    response.on("close", () => waiting.shift()?.emit("answer"));
    answer();
  }
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => void server.close());

test("of equal requests in flight together each is given its own answer again, whichever came first", async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const seen: (readonly string[])[] = [];
  const pairs = task({
    id: "pairs",
    run: async () => {
      const numbers: string[] = [];
      for (let i = 0; i < 5; i++)
        numbers.push(...(await Promise.all([1, 2].map(async () => (await fetch(url)).text()))));
      seen.push(numbers);
      await wait.for("1h");
      return numbers;
    },
  });
  await using perdure = await createTestPerdure({ tasks: [pairs], onLog: () => undefined });
  const run = await perdure.run(pairs, undefined);
  const [first, replayed] = seen;
  expect(first).toHaveLength(10);
  expect(replayed).toEqual(first);
  expect(run.output).toEqual(first);
  expect(count).toBe(10);
});
