import type { Run } from "../core/run.ts";
import type { Seal } from "./seal.ts";

/** What all chance in a run's code follows from. It is in no row: whoever reads the database without the key cannot tell what a run drew. */
export function seedOf({ environmentId, id }: Pick<Run, "environmentId" | "id">, seal: Seal): string {
  return seal.derive(JSON.stringify(["perdure run seed", environmentId, id]));
}
