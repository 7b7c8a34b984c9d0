import { readFileSync } from "node:fs";
import { join } from "node:path";

let known: string | undefined;

/** Of Perdure itself. */
export function packageVersion(): string {
  const file = join(import.meta.dirname, "..", "..", "package.json");
  known ??= (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  return known;
}
