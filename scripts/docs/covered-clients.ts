/** `docs/covered-clients.md`: with which client libraries the completeness test has tried what. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clients } from "../../test/completeness/clients.ts";
import { LIBRARIES, type Library } from "../../test/completeness/libraries.ts";
import { GENERATED, table } from "./markdown.ts";

export function coveredClientsPage(root: string): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const rows = LIBRARIES.map((library) => [
    `\`${library.realName ?? library.package}\``,
    versionOf(library, devDependencies),
    casesOf(library).join("; "),
    library.limits ?? "",
  ]);
  const unknown = clients.find((one) => LIBRARIES.every((library) => library.package !== one.package));
  if (unknown !== undefined) throw new Error(`test/completeness/libraries.ts says nothing of ${unknown.package}`);
  return `${[HEADER, ...table(["package", "version", "tried", "limits"], rows), "", FOOTER].join("\n")}\n`;
}

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}

function versionOf({ package: name }: Library, versions: Manifest["devDependencies"]): string {
  if (name === "node") return "22 and later";
  const version = versions[name];
  if (version === undefined) throw new Error(`package.json has no ${name}`);
  return version.slice(version.lastIndexOf("@") + 1);
}

function casesOf({ package: name }: Library): readonly string[] {
  const cases = clients.filter((one) => one.package === name).map((one) => one.name);
  if (cases.length === 0) throw new Error(`test/completeness has no case of ${name}`);
  return cases;
}

const HEADER = `# Clients that are covered

${GENERATED}

Requests are found below the client: at \`fetch\`, at undici's dispatchers and at \`node:http(s)\`. So a library needs no adapter, and one that is
not listed is most likely recorded as well. Those listed are tried on every change, in these versions, each against a server of its own
that speaks the provider's API:

- Every request that the server sees is in the journal, and nothing else of the run was found that could not be recorded.
- Killed after an entry, after every entry, and with the server gone, the run ends with the same output, and nothing that was answered is
  asked again. That holds for a client that the run makes, and for one that its module made.
- In a worker process, where the library is loaded after the interception, the same is recorded; some are killed for real.
`;

const FOOTER = `"Marks the run" means what it means for everything that cannot be recorded: the run's story names the place, and a continuation does it
again. A step is the cure.

Requests under way when a process is killed are made again, with the same body and with the idempotency key that the client made for
the first; those that may change something are named in the run's story.`;
