import { assembleStore as assemble, type Driver } from "../../../src/store/assemble-store.ts";
import type { Blobs } from "../../../src/store/blobs.ts";
import type { Packets } from "../../../src/store/packets.ts";
import type { Store, StoreWrites } from "../../../src/store/store.ts";
import { reach } from "../failpoints.ts";
import { answerAsked } from "./answer-asked.ts";
import { hasChanged } from "./has-changed.ts";

/** A store with failpoints between its parts: after a commit, before anybody hears of it, and between a blob and its row. */
export function assembleStore(
  driver: Driver,
  verbs: Parameters<typeof assemble>[1],
  blobs: Blobs,
  packets: Packets,
): Store {
  return answerAsked(assemble({ ...driver, write }, verbs, { ...blobs, spill }, { ...packets, put }));

  function spill(params: unknown): unknown {
    const spilled = blobs.spill(params);
    return spilled instanceof Promise ? spilled.then(passing("between a blob and its row")) : spilled;
  }

  async function write(verb: string, params: unknown): Promise<unknown> {
    const result = await driver.write(verb, params);
    if (hasChanged(verb, result)) reach(`after the commit of ${verb as keyof StoreWrites}`);
    return result;
  }

  function put(packet: Parameters<Packets["put"]>[0], parts: AsyncIterable<string>, limit: number): Promise<void> {
    return packets.put(packet, mortal(parts), limit);
  }
}

/** Each part, and a failpoint when it has been taken. */
async function* mortal(parts: AsyncIterable<string>): AsyncIterable<string> {
  for await (const part of parts) {
    yield part;
    reach("in an upload");
  }
}

function passing(place: Parameters<typeof reach>[0]): <Value>(value: Value) => Value {
  return (value) => {
    reach(place);
    return value;
  };
}
