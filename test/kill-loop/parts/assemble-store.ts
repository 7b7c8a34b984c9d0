import { assembleStore as assemble, type Driver, type Verbs } from "../../../src/store/assemble-store.ts";
import type { Blobs } from "../../../src/store/blobs.ts";
import type { Store, StoreWrites } from "../../../src/store/store.ts";
import { reach } from "../failpoints.ts";
import { hasChanged } from "./has-changed.ts";

/** A store with failpoints between its parts: after a commit, before anybody hears of it, and between a blob and its row. */
export function assembleStore(driver: Driver, verbs: Verbs, blobs: Blobs): Store {
  return assemble({ ...driver, write }, verbs, { ...blobs, spill });

  function spill(params: unknown): unknown {
    const spilled = blobs.spill(params);
    return spilled instanceof Promise ? spilled.then(passing("between a blob and its row")) : spilled;
  }

  async function write(verb: string, params: unknown): Promise<unknown> {
    const result = await driver.write(verb, params);
    if (hasChanged(verb, result)) reach(`after the commit of ${verb as keyof StoreWrites}`);
    return result;
  }
}

function passing(place: Parameters<typeof reach>[0]): <Value>(value: Value) => Value {
  return (value) => {
    reach(place);
    return value;
  };
}
