import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./place.ts";

const SHOWN = 20;

/** Lines in the logs of the nodes that tell of a defect of ours. Trouble with processes that were killed is what they are for. */
export function listComplaints({ folder }: Place): readonly string[] {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  const found = lines.filter((line) =>
    /"INTERNAL"|defect of Perdure|DATABASE_CORRUPT|BLOB_MISSING|Unhandled|TypeError|ReferenceError/.test(line),
  );
  return [...new Set(found)].slice(0, SHOWN);
}
