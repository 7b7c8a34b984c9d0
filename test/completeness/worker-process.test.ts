/** The same cases in a worker process, which loads the libraries after the interception, and is killed for real. */
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyTask } from "../../src/sdk/index.ts";
import { startMortalPool } from "../effects/kill-after.ts";
import { repeated as beyond } from "../effects/repeated.ts";
import type { ClientCase } from "./client-case.ts";
import type { ClientTaskPayload } from "./client-task.ts";
import { httpClients } from "./http-clients.ts";
import { httpTask } from "./http-task.ts";
import { modelClients } from "./model-clients.ts";
import { modelTask } from "./model-task.ts";
import { announcedIn, answeredIn, isSafe, kindsIn } from "./perform-case.ts";
import { serviceClients } from "./service-clients.ts";
import { serviceTask } from "./service-task.ts";

/** Killed is one of each way that requests take: `fetch`, a copy of undici, `node:http`. The others go the same ways. */
describe.each<[string, AnyTask, readonly ClientCase[], readonly string[]]>([
  ["http-task.ts", httpTask, httpClients, ["node", "undici"]],
  ["service-task.ts", serviceTask, serviceClients, ["@aws-sdk/client-s3"]],
  ["model-task.ts", modelTask, modelClients, []],
])("%s", (module, task, clients, killed) => {
  let pool: Awaited<ReturnType<typeof startMortalPool>>;
  beforeAll(async () => {
    pool = await startMortalPool(resolve(import.meta.dirname, module), [task]);
  });
  afterAll(() => pool.stop());

  test.each(clients.map((one) => [one.package, one.name, one] as const))(
    "%s: %s, is in the journal",
    async (_, __, one) => {
      const { status, events, seen, written } = await perform(one);
      expect(status).toBe("completed");
      expect(kindsIn(events)).toEqual([]);
      expect(beyond(answeredIn(written), seen)).toEqual([]);
      expect(beyond(seen, answeredIn(written))).toHaveLength((one.givenUp ?? 0) + (one.within ?? 0));
      expect(announcedIn(written)).toEqual(seen.filter((request) => !isSafe(request)));
    },
  );

  if (killed.length > 0)
    test.each(killed)("%s, killed halfway, is continued by another process", { timeout: 60_000 }, async (name) => {
      const one = clients.find(({ package: from }) => from === name) as ClientCase;
      const undisturbed = await perform(one);
      const cut = await perform(one, Math.ceil(undisturbed.written.length / 2));
      expect(cut).toMatchObject({ status: "completed", wasKilled: true });
      expect(cut.output).toEqual(undisturbed.output);
      expect(beyond(cut.seen, undisturbed.seen).length).toBeLessThanOrEqual(one.inFlight ?? 0);
      expect(kindsIn(cut.events).filter((kind) => kind !== "effect.uncertain")).toEqual([]);
    });

  async function perform(one: ClientCase, after?: number) {
    const server = await one.server();
    try {
      const payload: ClientTaskPayload = { index: clients.indexOf(one), url: server.url };
      const outcome = await pool.perform(task.id, payload, after);
      return { ...outcome, seen: server.seen.map(({ method, path }) => `${method} ${path}`) };
    } finally {
      await server.stop();
    }
  }
});
