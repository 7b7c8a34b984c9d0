/**
 * Writes the pages that are read off tables in the source. `npm run docs:gen` writes them; `test/docs.test.ts` fails when a
 * committed page is not what this would write.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiSurface } from "./docs/api-surface.ts";
import { cliPage } from "./docs/cli-page.ts";
import { coveredClientsPage } from "./docs/covered-clients.ts";
import { architecturePage } from "./docs/crash-points.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { httpPage } from "./docs/http-page.ts";
import { stateMachinePage } from "./docs/state-machine.ts";

const ROOT = join(import.meta.dirname, "..");

/** Generated files by path from the root, each with the function that makes its text. */
export const GENERATED_DOCS: Readonly<Record<string, () => string>> = {
  "docs/state-machine.md": stateMachinePage,
  "docs/errors.md": errorsPage,
  "docs/http-api.md": httpPage,
  "docs/cli.md": cliPage,
  "docs/covered-clients.md": () => coveredClientsPage(ROOT),
  "ARCHITECTURE.md": () => architecturePage(ROOT),
  "docs/api-surface.d.ts": () => apiSurface(ROOT),
};

if (import.meta.main) {
  for (const [path, generate] of Object.entries(GENERATED_DOCS)) {
    writeFileSync(join(ROOT, path), generate());
    console.log(`wrote ${path}`);
  }
}
