import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";

/** Long values are counted as often as they are named; what nobody names was left by a kill, and swept when it was old (`age.ts`). */
export function* checkBlobs({ blobs, orphanBlobs }: Evidence): Iterable<Violation> {
  for (const { id, counted, found } of blobs)
    if (counted !== found) yield broken(`${id} is named ${found} times and counted ${counted}`);
  for (const id of orphanBlobs) yield broken(`${id} belongs to nothing`);
}

function broken(problem: string): Violation {
  return { promise: "no blob is lost or left", problem };
}
