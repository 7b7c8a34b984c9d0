import { afterAll, beforeAll, describe } from "vitest";
import type { Store } from "../store.ts";
import { keepingKeys } from "./api-keys.ts";
import { recordingEffects } from "./automatic.ts";
import { batching } from "./batches.ts";
import { canceling } from "./cancel.ts";
import { racing } from "./concurrency.ts";
import { creating } from "./create.ts";
import { creatingChildren } from "./create-children.ts";
import { deleting } from "./delete.ts";
import { droppingEntries } from "./dropping.ts";
import { ending } from "./ends.ts";
import { keepingApart } from "./environments.ts";
import { followingUp } from "./follow-ups.ts";
import { recording } from "./journal.ts";
import { leasing } from "./lease.ts";
import { changingFromOutside } from "./outside.ts";
import { parkingAndWaking } from "./park-and-wake.ts";
import { pausing } from "./pauses.ts";
import { limitingQueues } from "./queues.ts";
import { reading } from "./reads.ts";
import { repeating } from "./repeats.ts";
import { recallingRequests } from "./requests.ts";
import { seeding } from "./seeds.ts";
import { followingTheTable } from "./state-table.ts";
import { undoing } from "./undo.ts";
import { createWorld, type World } from "./world.ts";

const CHAPTERS: readonly ((world: () => World) => void)[] = [
  creating,
  creatingChildren,
  leasing,
  seeding,
  recording,
  recordingEffects,
  parkingAndWaking,
  ending,
  followingUp,
  canceling,
  undoing,
  limitingQueues,
  pausing,
  reading,
  deleting,
  droppingEntries,
  batching,
  changingFromOutside,
  recallingRequests,
  repeating,
  followingTheTable,
  keepingKeys,
  keepingApart,
  racing,
];

/**
 * What `store.ts` promises, for any database. Each test has an environment of its own in one store.
 *
 * @param nodes - How often the database is opened: more than once where several nodes may share it.
 */
export function describeStore(name: string, open: () => Promise<Store>, nodes = 1): void {
  describe(`the store on ${name}`, () => {
    const stores: Store[] = [];
    beforeAll(async () => {
      for (let i = 0; i < nodes; i++) stores.push(await open());
    });
    afterAll(async () => {
      for (const store of stores) await store.close();
    });
    for (const chapter of CHAPTERS) chapter(() => createWorld(stores));
  });
}
